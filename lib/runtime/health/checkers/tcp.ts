import { type Checker, passed } from '../checker.ts'

/** Passes when the server accepts the connection. */
export const tcpChecker: Checker = {
  open: () => null,
  judge: () => passed('connected'),
}

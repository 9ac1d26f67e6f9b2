import { faultMessage } from '#lib/process/faults.ts'

/** The result of a check. `reason`: "connection refused", "HTTP 500, expected 200". */
export type CheckResult = { passed: boolean; reason: string }

/** A kind of check: the request that it sends, and how it judges the response. Pure. */
export interface Checker {
  /** Sent once connected; null if the server speaks first, or if being connected is enough. */
  request(): Buffer | null
  /** Judges all bytes received so far (none at first); null while more are needed. */
  judge(received: Buffer): CheckResult | null
}

/** The configuration of a check is invalid: it was saved before the API refused it. `message` is the reason, to follow a colon. */
export class InvalidCheck extends Error {}

export const passed = (reason: string): CheckResult => ({ passed: true, reason })
export const failed = (reason: string): CheckResult => ({ passed: false, reason })
/** The result of a check that failed with a fault. */
export const couldNotRun = (fault: unknown): CheckResult =>
  failed(`The check could not run: ${faultMessage(fault)}`)

const SERVER_TEXT_MAX = 120

/** A server's own message as it may be logged and shown: one line of printable text, at most 120 characters. */
export function printableText(text: string): string {
  return text.replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, '\ufffd').slice(0, SERVER_TEXT_MAX)
}

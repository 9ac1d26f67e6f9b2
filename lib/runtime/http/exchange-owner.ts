import type { ClientSession, SessionFrontend } from '../client-session.ts'
import type { Connection } from '../sockets/connection.ts'

/** The session that an exchange belongs to, as the exchange sees it. */
export interface ExchangeOwner extends ClientSession {
  readonly client: Connection
  readonly frontend: SessionFrontend
  readonly address: string
  /** Requests so far, including the current one. */
  readonly requests: number
  /** When the current request's head was complete, on the clock of `performance.now()`. */
  readonly requestedAt: number
  /** Whether the response that is about to be sent may keep the connection open. */
  readonly mayKeepAlive: boolean
  deadline: number
  /** Takes nothing more from the client until `resume`. */
  stop(): void
  resume(): void
  /** Keeps bytes that can't be used yet, and stops. */
  buffer(bytes: Buffer): void
  /** Keeps bytes that the exchange was given and did not use: they came before all that is kept already. */
  putBack(bytes: Buffer): void
  /** Bytes handed to the client since the last call. */
  takeSentBytes(): number
  /** The connection is a plain stream from here on. @returns what was received ahead */
  detach(): Buffer | null
  /** Closes by a reset, after all that was written so far. */
  flushAndReset(): void
  /** @param asked whether the client knows that nothing it sends after this request counts */
  onExchangeDone(keepAlive: boolean, asked?: boolean): void
}

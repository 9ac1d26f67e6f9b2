import type { ClientSession, SessionFrontend } from '../client-session.ts'
import type { Connection } from '../sockets/connection.ts'

/** The session of an exchange, as the exchange sees it. */
export interface ExchangeOwner extends ClientSession {
  readonly client: Connection
  readonly frontend: SessionFrontend
  readonly address: string
  /** The number of requests so far, including the current one. */
  readonly requests: number
  /** When the current request's head was complete, on the clock of `performance.now()`. */
  readonly requestedAt: number
  /** Whether the next response may keep the connection open. */
  readonly mayKeepAlive: boolean
  deadline: number
  /** Pauses reading from the client until `resume`. */
  pause(): void
  /** Handles buffered data, then reads on. */
  resume(): void
  /** Buffers data that can't be used yet, and pauses reading. */
  buffer(bytes: Buffer): void
  /** Puts data that the exchange did not use before all buffered data, and pauses reading. */
  putBack(bytes: Buffer): void
  /** The number of bytes written to the client since the last call. */
  takeSentBytes(): number
  /** The connection becomes a tunnel. @returns the buffered data */
  detach(): Buffer | null
  /** Flushes what was written so far, then resets the connection. */
  flushAndReset(): void
  /** @param clientCloses whether the client expects the connection to be closed, and sends nothing more */
  onExchangeDone(keepAlive: boolean, clientCloses?: boolean): void
}

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
  /** Stops reading from the client until `resume`. */
  stop(): void
  /** Continues with buffered data, and with reading. */
  resume(): void
  /** Buffers data that can't be used yet, and stops. */
  buffer(bytes: Buffer): void
  /** Takes back data that the exchange did not use. It precedes all buffered data. */
  putBack(bytes: Buffer): void
  /** The number of bytes written to the client since the last call. */
  takeSentBytes(): number
  /** The connection becomes a tunnel. @returns the buffered data */
  detach(): Buffer | null
  /** Closes with a reset, after all that was written so far. */
  flushAndReset(): void
  /** @param clientCloses whether the client expects the connection to be closed, and sends nothing more */
  onExchangeDone(keepAlive: boolean, clientCloses?: boolean): void
}

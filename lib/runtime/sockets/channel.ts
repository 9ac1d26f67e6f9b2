import type { TcpHandle } from '#lib/process/node-internals/tcp-handle.ts'
import type { Bandwidth } from '../limits/bandwidth.ts'
import { TlsTransport } from './connect-tls.ts'
import { Connection, type ConnectionUser } from './connection.ts'
import { TlsConnection } from './tls-connection.ts'

/** A connection that has been made, on which TLS is spoken or not. */
export type Transport = TcpHandle | TlsTransport

/** What a connection to a server can be used for, whether TLS is spoken on it or not. */
export type Channel = Pick<
  Connection,
  | 'user'
  | 'bytesWritten'
  | 'ended'
  | 'suspended'
  | 'congested'
  | 'resume'
  | 'pause'
  | 'text'
  | 'bytes'
  | 'flush'
  | 'flushSoon'
  | 'end'
  | 'destroy'
  | 'reset'
>

/** What is spoken on a connection that has been made. Reading begins with `resume`. */
export function openChannel(
  transport: Transport,
  user: ConnectionUser,
  bandwidth: Bandwidth,
): Channel {
  return transport instanceof TlsTransport
    ? new TlsConnection(transport, user, bandwidth)
    : new Connection(transport, user, bandwidth)
}

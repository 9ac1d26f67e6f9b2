import type { TcpHandle } from '#lib/process/node-internals/tcp-handle.ts'
import type { Bandwidth } from '../limits/bandwidth.ts'
import { TlsTransport } from './connect-tls.ts'
import { Connection } from './connection.ts'
import type { ConnectionUser } from './connection-user.ts'
import { TlsConnection } from './tls-connection.ts'

/** An established connection to a server: a TCP handle, or TLS. */
export type Transport = TcpHandle | TlsTransport

/** A connection to a server, with or without TLS. */
export type Channel = Pick<
  Connection,
  | 'user'
  | 'bytesWritten'
  | 'ended'
  | 'suspended'
  | 'congested'
  | 'resume'
  | 'pause'
  | 'writeText'
  | 'writeBytes'
  | 'flush'
  | 'flushSoon'
  | 'end'
  | 'destroy'
  | 'reset'
>

/** Opens a channel on an established connection. Reading starts with `resume`. */
export function openChannel(
  transport: Transport,
  user: ConnectionUser,
  bandwidth: Bandwidth,
): Channel {
  return transport instanceof TlsTransport
    ? new TlsConnection(transport, user, bandwidth)
    : new Connection(transport, user, bandwidth)
}

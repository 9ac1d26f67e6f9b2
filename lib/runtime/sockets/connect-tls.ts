import type { Socket } from 'node:net'
import { connect, type TLSSocket } from 'node:tls'
import { contain, faultMessage } from '#lib/process/faults.ts'
import { socketOf, type TcpHandle } from '#lib/process/node-internals/tcp-handle.ts'
import { type Attempt, connectTo } from './connect.ts'
import { handshakeErrorText } from './tls-errors.ts'
import { type TlsSettings, tlsOptions } from './tls-options.ts'

/** A TLS connection, and the TCP connection below it. */
export class TlsTransport {
  readonly tls: TLSSocket
  readonly tcp: Socket

  constructor(tls: TLSSocket, tcp: Socket) {
    this.tls = tls
    this.tcp = tcp
  }
}

/**
 * Resets both. The TLS socket is destroyed in the next iteration: destroying it after the TCP socket inside `secureConnect` crashes
 * the process (Node 24.21).
 */
export function resetTls({ tls, tcp }: TlsTransport): void {
  tcp.resetAndDestroy()
  const destroy = contain('connection', () => tls.destroy())
  setImmediate(destroy)
}

export type TlsConnectOptions = TlsSettings & {
  /** Sent before the handshake; null for none. */
  proxyHeader: Buffer | null
  /** The ALPN protocol (RFC 7301); null for none. */
  protocol: 'http/1.1' | null
}

/**
 * Called with the connection, or with null and the reason of a failed handshake. The reason is null too if the TCP connection
 * failed.
 */
type OnTlsConnected = (transport: TlsTransport | null, reason: string | null) => void

/** Connects to an address over TLS. @param onDone never called inside this call */
export function connectTls(
  { address, port }: { address: string; port: number },
  options: TlsConnectOptions,
  onDone: OnTlsConnected,
): Attempt {
  let attempt = connectTo(address, port, (handle) => {
    if (handle) attempt = handshake(handle, options, onDone)
    else onDone(null, null)
  })
  return { cancel: () => attempt.cancel() }
}

function handshake(handle: TcpHandle, options: TlsConnectOptions, onDone: OnTlsConnected): Attempt {
  const tcp = socketOf(handle, { allowHalfOpen: true })
  if (options.proxyHeader) tcp.write(options.proxyHeader)
  const tls = connect({
    socket: tcp,
    ...tlsOptions(options),
    ...(options.protocol ? { ALPNProtocols: [options.protocol] } : {}),
  })
  let isOver = false
  const cancel = () => {
    isOver = true
    tcp.removeAllListeners('error').on('error', () => {})
    tls.removeAllListeners().on('error', () => {})
    resetTls({ tls, tcp })
  }
  const fail = (fault: unknown) => {
    if (isOver) return
    cancel()
    onDone(null, faultMessage(fault))
  }
  const onError = contain(
    'connection',
    (error: NodeJS.ErrnoException) => {
      cancel()
      onDone(null, handshakeErrorText(error))
    },
    fail,
  )
  const onSecure = contain(
    'connection',
    () => {
      tcp.off('error', onError)
      tls.off('error', onError)
      onDone(new TlsTransport(tls, tcp), null)
    },
    fail,
  )
  tcp.on('error', onError)
  tls.on('error', onError)
  tls.once('secureConnect', onSecure)
  return { cancel }
}

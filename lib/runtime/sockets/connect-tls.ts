import { isIPv4, type Socket } from 'node:net'
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls'
import { hostOf, parseDnsName } from '#lib/core/host.ts'
import { contain, wordsOfFault } from '#lib/process/faults.ts'
import { socketOf, type TcpHandle } from '#lib/process/node-internals/tcp-handle.ts'
import type { DesiredBackend } from '#lib/protocol/desired-config.ts'
import { type Attempt, connectTo } from './connect.ts'
import { handshakeErrorText } from './tls-errors.ts'
import { trustedCertificates } from './trusted-certificates.ts'

export type TlsSettings = NonNullable<DesiredBackend['tls']>

/** A connection that TLS is spoken on, and the TCP connection below it. */
export class TlsTransport {
  readonly tls: TLSSocket
  readonly tcp: Socket

  constructor(secure: TLSSocket, tcp: Socket) {
    this.tls = secure
    this.tcp = tcp
  }
}

/**
 * Resets both. The TLS socket is destroyed in the next iteration: destroying it after the TCP socket inside `secureConnect`
 * crashes the process (Node 24.21).
 */
export function resetTls({ tls: secure, tcp }: TlsTransport): void {
  tcp.resetAndDestroy()
  const destroy = contain('connection', () => secure.destroy())
  setImmediate(destroy)
}

/** How a connection to a server is made secret. */
export type TlsConnectOptions = TlsSettings & {
  /** What is sent before the handshake. */
  proxyHeader: Buffer | null
  /** The protocol that is spoken inside, as TLS names it (RFC 7301); null for no word of it. */
  protocol: 'http/1.1' | null
}

/**
 * How TLS is spoken with a server. What is verified is that somebody trusted has signed its certificate, and with a
 * server name that it is for that name; an address alone says nothing that certificates commonly hold. Only names are asked
 * for, without a port (RFC 6066 section 3). No certificate is for a name that can't be asked for.
 */
export function tlsOptions({ verify, server_name: wanted }: TlsSettings): ConnectionOptions {
  const host = hostOf(wanted ?? '')
  const name = parseDnsName(host)
  const nameless = host === '' || isIPv4(host) || host.includes(':')
  return {
    rejectUnauthorized: verify,
    ...(verify ? { secureContext: trustedCertificates() } : {}),
    ...(name === null
      ? { checkServerIdentity: () => (nameless ? undefined : nameMismatch(host)) }
      : { servername: name }),
  }
}

function nameMismatch(host: string): Error {
  return Object.assign(new Error(`${host} is not a DNS name`), {
    code: 'ERR_TLS_CERT_ALTNAME_INVALID',
  })
}

/**
 * Connects to an address and shakes hands.
 * @param onDone null and why, in words, where that failed; no words where there was no connection at all
 */
export function connectTls(
  { address, port }: { address: string; port: number },
  way: TlsConnectOptions,
  onDone: (sockets: TlsTransport | null, words: string | null) => void,
): Attempt {
  let attempt = connectTo(address, port, (handle) => {
    if (handle) attempt = handshake(handle, way, onDone)
    else onDone(null, null)
  })
  return { cancel: () => attempt.cancel() }
}

function handshake(
  handle: TcpHandle,
  way: TlsConnectOptions,
  onDone: (sockets: TlsTransport | null, words: string | null) => void,
): Attempt {
  const tcp = socketOf(handle, { allowHalfOpen: true })
  if (way.proxyHeader) tcp.write(way.proxyHeader)
  const secure = connect({
    socket: tcp,
    ...tlsOptions(way),
    ...(way.protocol ? { ALPNProtocols: [way.protocol] } : {}),
  })
  let over = false
  const cancel = () => {
    over = true
    tcp.removeAllListeners('error').on('error', () => {})
    secure.removeAllListeners().on('error', () => {})
    resetTls({ tls: secure, tcp })
  }
  const fail = (fault: unknown) => {
    if (over) return
    cancel()
    onDone(null, wordsOfFault(fault))
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
      secure.off('error', onError)
      onDone(new TlsTransport(secure, tcp), null)
    },
    fail,
  )
  tcp.on('error', onError)
  secure.on('error', onError)
  secure.once('secureConnect', onSecure)
  return { cancel }
}

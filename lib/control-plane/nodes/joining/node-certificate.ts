import type { TLSSocket } from 'node:tls'
import { ApiError } from '../../errors.ts'

/** The URI in the certificate of a node, which says who it is. */
export const nodeUri = (nodeId: string) => `fairlead:node/${nodeId}`

const NODE_URI = /^URI:fairlead:node\/([0-9a-f-]{36})$/

/** Who has opened a connection, by the certificate that it proved to have the key of. */
export type Peer = {
  nodeId: string
  expiresAt: number
  expired: AbortSignal
  /** Aborted when the node is removed or away, too. */
  ended?: AbortSignal
  /** Aborted when the node is away. */
  away?: AbortSignal
}

/** Kept for each connection, because a certificate takes long to read. */
const peers = new WeakMap<TLSSocket, Peer>()

/** @throws ApiError 403 unless the client of the connection has a valid certificate of a node */
export function peerOf(socket: TLSSocket): Peer {
  const peer = peers.get(socket) ?? readPeer(socket)
  peers.set(socket, peer)
  // The connection may have been open for as long as the certificate was valid.
  if (peer.expiresAt <= Date.now()) throw expired()
  return peer
}

function readPeer(socket: TLSSocket): Peer {
  const certificate = socket.getPeerX509Certificate()
  if (!certificate) {
    throw deniedCertificate('missing', 'This needs the certificate of a node. See npm run join.')
  }
  const problem = String(socket.authorizationError ?? '')
  if (problem === 'CERT_HAS_EXPIRED') throw expired()
  if (problem === 'CERT_NOT_YET_VALID') {
    throw deniedCertificate(
      'not_yet_valid',
      "The node's certificate is not valid yet. Set the clocks.",
    )
  }
  const nodeId = NODE_URI.exec(certificate.subjectAltName ?? '')?.[1]
  if (!socket.authorized || !nodeId) {
    throw deniedCertificate(
      'unknown_issuer',
      "The certificate was not issued by this installation's certificate authority. Join the node again.",
    )
  }
  const expiresAt = certificate.validToDate.getTime()
  const expiredSignal = AbortSignal.timeout(clamp(expiresAt - Date.now()))
  return { nodeId, expiresAt, expired: expiredSignal }
}

/** To what a timer can wait for. Milliseconds. */
const clamp = (ms: number) => Math.min(Math.max(0, ms), 2 ** 31 - 1)

export type CertificateDenial =
  | 'missing'
  | 'unknown_issuer'
  | 'expired'
  | 'not_yet_valid'
  | 'removed'

/** The certificate of a connection is not that of a node of this installation. */
export function deniedCertificate(reason: CertificateDenial, message: string): ApiError {
  // A connection can't get another certificate.
  const headers = { Connection: 'close' }
  return new ApiError(403, { message, reason, type: 'denied_certificate' }, headers)
}

function expired(): ApiError {
  return deniedCertificate(
    'expired',
    "The node's certificate has expired. Remove the node in the console, and join it again.",
  )
}

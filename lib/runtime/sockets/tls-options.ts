import { isIPv4 } from 'node:net'
import {
  type ConnectionOptions,
  createSecureContext,
  getCACertificates,
  type SecureContext,
} from 'node:tls'
import { hostOf, parseDnsName } from '#lib/core/host.ts'
import type { DesiredBackend } from '#lib/protocol/desired-config.ts'

export type TlsSettings = NonNullable<DesiredBackend['tls']>

/**
 * Options for TLS to a server. A verified certificate must be signed by a trusted CA and, if the server name is a DNS name, be issued
 * for it: certificates seldom contain addresses. SNI is sent for DNS names only, without a port (RFC 6066 section 3).
 */
export function tlsOptions({ verify, server_name: wanted }: TlsSettings): ConnectionOptions {
  const host = hostOf(wanted ?? '')
  const name = parseDnsName(host)
  const isAddress = host === '' || isIPv4(host) || host.includes(':')
  return {
    rejectUnauthorized: verify,
    ...(verify ? { secureContext: trustedCertificates() } : {}),
    ...(name === null
      ? { checkServerIdentity: () => (isAddress ? undefined : nameMismatch(host)) }
      : { servername: name }),
  }
}

/** No certificate is valid for a name that SNI can't send. */
function nameMismatch(host: string): Error {
  return Object.assign(new Error(`${host} is not a DNS name`), {
    code: 'ERR_TLS_CERT_ALTNAME_INVALID',
  })
}

let verifying: SecureContext | null = null

/**
 * The trusted CAs: the system's, or Node's if the system has none (as in a bare container), and NODE_EXTRA_CA_CERTS. Read once.
 */
function trustedCertificates(): SecureContext {
  if (verifying) return verifying
  const system = getCACertificates('system')
  const ca = system.length > 0 ? system : getCACertificates('bundled')
  verifying = createSecureContext({ ca: [...ca, ...getCACertificates('extra')] })
  return verifying
}

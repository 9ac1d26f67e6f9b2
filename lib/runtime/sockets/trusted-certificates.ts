import { createSecureContext, getCACertificates, type SecureContext } from 'node:tls'

let verifying: SecureContext | null = null

/**
 * Trust in those that this system trusts, and in NODE_EXTRA_CA_CERTS. A system without any, as in a bare container,
 * trusts those that come with Node. Read once.
 */
export function trustedCertificates(): SecureContext {
  if (verifying) return verifying
  const own = getCACertificates('system')
  const known = own.length > 0 ? own : getCACertificates('bundled')
  verifying = createSecureContext({ ca: [...known, ...getCACertificates('extra')] })
  return verifying
}

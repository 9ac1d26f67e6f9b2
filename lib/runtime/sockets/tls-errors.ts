/** What went wrong in a TLS handshake; for others OpenSSL's own words. */
const TLS_ERRORS: Record<string, string> = {
  ERR_SSL_WRONG_VERSION_NUMBER: 'the answer is not TLS',
  ERR_SSL_TLSV1_UNRECOGNIZED_NAME: 'the server does not know that name',
}
/** What is wrong with a certificate, as OpenSSL and Node name it. */
const CERTIFICATE_ERROR =
  /CERT|CRL|_ISSUER|VERIFY_LEAF|VERIFICATION|ERR_TLS_CERT_ALTNAME|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH|HOSTNAME_MISMATCH/

/** Why a TLS handshake failed, in words; null where the error is not of TLS. */
export function tlsErrorText(error: NodeJS.ErrnoException): string | null {
  const code = error.code ?? ''
  // A server that ends the connection in order is told from one that resets it by what the system says.
  if (code === 'ECONNRESET' && !error.syscall) return 'connection closed in the TLS handshake'
  const reason = TLS_ERRORS[code] ?? ('reason' in error ? error.reason : null)
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return 'its certificate is for another name'
  if (CERTIFICATE_ERROR.test(code) && !code.startsWith('ERR_SSL')) {
    return `its certificate is not trusted: ${error.message}`
  }
  return reason ? `TLS handshake failed: ${reason}` : null
}

/** The same, of any error that ends a handshake. */
export function handshakeErrorText(error: NodeJS.ErrnoException): string {
  return (
    tlsErrorText(error) ?? `connection broken in the TLS handshake: ${error.code ?? error.message}`
  )
}

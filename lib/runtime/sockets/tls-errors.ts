/** Texts for common handshake errors. Others have OpenSSL's text. */
const TLS_ERRORS: Record<string, string> = {
  ERR_SSL_WRONG_VERSION_NUMBER: 'the response is not TLS',
  ERR_SSL_TLSV1_UNRECOGNIZED_NAME: 'the server does not know that name',
}
/** Codes of certificate errors, as OpenSSL and Node name them. */
const CERTIFICATE_ERROR =
  /CERT|CRL|_ISSUER|VERIFY_LEAF|VERIFICATION|ERR_TLS_CERT_ALTNAME|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH|HOSTNAME_MISMATCH/

/** Why a TLS handshake failed; null if the error is not a TLS error. */
export function tlsErrorText(error: NodeJS.ErrnoException): string | null {
  const code = error.code ?? ''
  // Without `syscall` the server has ended the connection in order; with it, reset it.
  if (code === 'ECONNRESET' && !error.syscall) return 'connection closed in the TLS handshake'
  const reason = TLS_ERRORS[code] ?? ('reason' in error ? error.reason : null)
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return 'its certificate is for another name'
  if (CERTIFICATE_ERROR.test(code) && !code.startsWith('ERR_SSL')) {
    return `its certificate is not trusted: ${error.message}`
  }
  return reason ? `TLS handshake failed: ${reason}` : null
}

/** Why a handshake failed, for any error. */
export function handshakeErrorText(error: NodeJS.ErrnoException): string {
  return (
    tlsErrorText(error) ?? `connection broken in the TLS handshake: ${error.code ?? error.message}`
  )
}

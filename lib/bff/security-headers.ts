/** Headers of every response. ASVS 5.0, V3.4. */
const ALWAYS = {
  'x-content-type-options': 'nosniff',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
  // For browsers that don't know frame-ancestors.
  'x-frame-options': 'DENY',
}

/**
 * The content security policy. Scripts run only with the response's nonce, or loaded by one that did; styles may be
 * inline, because libraries set them on elements. `dev` allows what Next's development server needs.
 */
export function contentSecurityPolicy(nonce: string, dev: boolean): string {
  return [
    "default-src 'none'",
    `script-src 'nonce-${nonce}' 'strict-dynamic'${dev ? " 'unsafe-eval'" : ''}`,
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join('; ')
}

/** The security headers of a response. @param https whether the visitor uses https, so that HSTS applies */
export function securityHeaders(policy: string, https: boolean): Record<string, string> {
  return {
    ...ALWAYS,
    'content-security-policy': policy,
    ...(https && { 'strict-transport-security': 'max-age=31536000' }),
  }
}

import type { StatusTone } from '#components/ui/status-badge.tsx'
import type { Certificate } from '#lib/core/certificate.ts'

const DAY_MS = 86_400_000
/** A certificate that expires within this time has a warning. */
const SOON_DAYS = 30

/** Whether a certificate was issued. A requested one that failed was not. */
export function isIssued({ not_valid_after: end }: Pick<Certificate, 'not_valid_after'>): boolean {
  return Date.parse(end) > 0
}

/** Whether a certificate has expired. @param now milliseconds since the epoch */
export function hasExpired(certificate: Certificate, now: number): boolean {
  return isIssued(certificate) && Date.parse(certificate.not_valid_after) <= now
}

/** A certificate's state. @param now milliseconds since the epoch */
export function certificateState(
  certificate: Certificate,
  now: number,
): { tone: StatusTone; label: string } {
  const { status, not_valid_after: end, not_valid_before: start } = certificate
  if (status === 'error') return { tone: 'danger', label: 'Error' }
  if (status === 'pending') return { tone: 'progress', label: 'Requested' }
  if (Date.parse(start) > now) return { tone: 'warn', label: 'Not valid yet' }
  if (hasExpired(certificate, now)) return { tone: 'danger', label: 'Expired' }
  const days = Math.floor((Date.parse(end) - now) / DAY_MS)
  if (days >= SOON_DAYS) return { tone: 'ok', label: 'Valid' }
  if (days === 0) return { tone: 'warn', label: 'Expires within a day' }
  return { tone: 'warn', label: `Expires in ${days} ${days === 1 ? 'day' : 'days'}` }
}

/** A fingerprint as pairs of hex digits: "0A:FF:12". */
export function colonPairs(hex: string): string {
  return hex.toUpperCase().replaceAll(/(..)(?=.)/g, '$1:')
}

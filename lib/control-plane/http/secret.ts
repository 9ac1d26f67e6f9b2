import { createHash, timingSafeEqual } from 'node:crypto'

const digest = (text: string) => createHash('sha256').update(text).digest()

/** Compares two secrets in constant time. */
export function sameSecret(given: string | undefined, expected: string | null): boolean {
  if (given === undefined || expected === null) return false
  return timingSafeEqual(digest(given), digest(expected))
}

/** The token of `Authorization: Bearer …` (RFC 6750), or null. */
export function bearerToken(header: string | undefined): string | null {
  return /^Bearer +(\S+)$/i.exec(header ?? '')?.[1] ?? null
}

import { createHash, randomBytes } from 'node:crypto'

/** A new session's secret: 256 random bits, in characters that a cookie may hold. */
export function newSessionToken(): string {
  return randomBytes(32).toString('base64url')
}

/** What is kept of it. Random as it is, a plain hash can't be reversed by guessing. */
export function sessionHash(token: string): string {
  return createHash('sha256').update(token).digest('base64url')
}

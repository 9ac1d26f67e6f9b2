import { createHash, randomBytes } from 'node:crypto'

/** A new secret, of a session or a link: 256 random bits, in characters that cookies and addresses may hold. */
export function newSecretToken(): string {
  return randomBytes(32).toString('base64url')
}

/** What is kept of it. Random as it is, a plain hash can't be reversed by guessing. */
export function secretHash(token: string): string {
  return createHash('sha256').update(token).digest('base64url')
}

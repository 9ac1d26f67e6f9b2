import { createHash, randomBytes } from 'node:crypto'

/** Creates the token of a session or a link: 256 random bits in base64url. */
export function newSecretToken(): string {
  return randomBytes(32).toString('base64url')
}

/** The hash that is stored. A token has enough entropy for a plain hash. */
export function secretHash(token: string): string {
  return createHash('sha256').update(token).digest('base64url')
}

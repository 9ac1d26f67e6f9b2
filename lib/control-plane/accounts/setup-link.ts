import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'

const VALID_MS = 24 * 60 * 60_000

const digest = (token: string) => createHash('sha256').update(token).digest()

/** The token of the link that creates the first account: 192 random bits, valid once and for one day. */
export class SetupLink {
  readonly token = randomBytes(24).toString('base64url')
  readonly #expiresAt: number
  #used = false

  constructor(now = performance.now()) {
    this.#expiresAt = now + VALID_MS
  }

  accepts(token: string, now = performance.now()): boolean {
    return (
      !this.#used && now < this.#expiresAt && timingSafeEqual(digest(token), digest(this.token))
    )
  }

  use(): void {
    this.#used = true
  }
}

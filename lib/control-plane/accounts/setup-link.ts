import { createHash, createHmac, timingSafeEqual } from 'node:crypto'

const DAY_MS = 24 * 60 * 60_000

const digest = (token: string) => createHash('sha256').update(token).digest()

/**
 * The token of the link that creates the first account. It is derived from the installation's secret and the day, so that all control
 * planes of an installation accept the same link: on the day of its start and the next one (UTC), until the first account exists.
 */
export class SetupLink {
  readonly #secret: string

  /** @param secret the installation's */
  constructor(secret: string) {
    this.#secret = secret
  }

  /** @param now Unix time, milliseconds */
  token(now = Date.now()): string {
    return this.#tokenOf(dayOf(now))
  }

  accepts(token: string, now = Date.now()): boolean {
    const today = dayOf(now)
    // Also tomorrow's, because the clock of the control plane that made it may be ahead.
    const valid = [today - 1, today, today + 1].filter((day) =>
      timingSafeEqual(digest(token), digest(this.#tokenOf(day))),
    )
    return valid.length > 0
  }

  #tokenOf(day: number): string {
    const hmac = createHmac('sha256', this.#secret).update(`set-up link\n${day}`)
    return hmac.digest().subarray(0, 24).toString('base64url')
  }
}

const dayOf = (now: number) => Math.floor(now / DAY_MS)

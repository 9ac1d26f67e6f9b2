import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Reader } from '../store/reader.ts'

/** How long a device stays known after its last login. */
const KNOWN_MS = 180 * 24 * 60 * 60_000
/** `ACCOUNT.DEVICE.TIME.SIGNATURE`: the account's ID, 128 random bits, Unix time in milliseconds, and an HMAC of these. */
const TOKEN = /^([\w-]{1,64})\.([\w-]{22})\.(\d{1,15})\.([\w-]{43})$/

/**
 * Recognizes devices that have logged in to an account before, so that attacks from elsewhere don't throttle them (OWASP's "device
 * cookies"). The device token is signed with the account's password hash, so a new password invalidates it. It grants no access.
 */
export class KnownDevices {
  readonly #reader: Reader
  readonly #key: Buffer

  /** @param secret the installation's secret */
  constructor(reader: Reader, secret: string) {
    this.#reader = reader
    this.#key = createHmac('sha256', secret).update('known devices').digest()
  }

  /** Creates a token for a device that has just logged in. */
  async issue(accountId: string, now = Date.now()): Promise<string> {
    const device = randomBytes(16).toString('base64url')
    const password = await this.#passwordHash(accountId)
    return `${accountId}.${device}.${now}.${this.#sign(accountId, device, String(now), password)}`
  }

  /** The ID of a device that has logged in to the account with this email; null for any other device. */
  async find(email: string, token: string | undefined, now = Date.now()): Promise<string | null> {
    const [, accountId = '', device = '', time = '', signature = ''] = TOKEN.exec(token ?? '') ?? []
    if (signature === '' || now - Number(time) > KNOWN_MS) return null
    const account = await this.#reader
      .selectFrom('users')
      .select('id')
      .where('email', '=', email)
      .executeTakeFirst()
    if (account?.id !== accountId) return null
    const expected = this.#sign(accountId, device, time, await this.#passwordHash(accountId))
    return timingSafeEqual(Buffer.from(signature), Buffer.from(expected)) ? device : null
  }

  #sign(...parts: string[]): string {
    return createHmac('sha256', this.#key).update(parts.join('\n')).digest('base64url')
  }

  async #passwordHash(accountId: string): Promise<string> {
    const credential = await this.#reader
      .selectFrom('credentials')
      .select('password')
      .where('userId', '=', accountId)
      .where('providerId', '=', 'credential')
      .executeTakeFirst()
    return credential?.password ?? ''
  }
}

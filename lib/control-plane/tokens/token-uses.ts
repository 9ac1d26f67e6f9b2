import type { Logger } from 'pino'
import { detach } from '#lib/process/faults.ts'
import { Authority } from '../authority/authority.ts'
import { timestamp } from '../clock.ts'
import type { Store } from '../store/store.ts'

/** The precision of a token's last use. */
const PRECISION_MS = 60_000

/** Stores the last use of tokens, at most once a minute per token and without delaying the request. */
export class TokenUses {
  readonly #store: Store
  readonly #log: Logger
  readonly #written = new Map<string, number>()

  constructor(store: Store, log: Logger) {
    this.#store = store
    this.#log = log
  }

  note(accessKey: string, now = performance.now()): void {
    const last = this.#written.get(accessKey)
    if (last !== undefined && now - last < PRECISION_MS) return
    this.#written.set(accessKey, now)
    detach('maintenance', () => this.#writeOrLog(accessKey))
  }

  async #writeOrLog(accessKey: string): Promise<void> {
    try {
      await this.#write(accessKey)
    } catch (err) {
      this.#log.warn({ err, accessKey }, 'the last use of an API token could not be stored')
    }
  }

  async #write(accessKey: string): Promise<void> {
    await this.#store.transaction(Authority.system, (writer) =>
      writer
        .updateTable('api_tokens')
        .set({ last_used_at: timestamp() })
        .where('access_key', '=', accessKey)
        .execute(),
    )
  }
}

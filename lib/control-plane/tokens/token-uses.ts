import type { Logger } from 'pino'
import { detach } from '#lib/process/faults.ts'
import { Authority } from '../authority/authority.ts'
import { timestamp } from '../clock.ts'
import type { Store } from '../store/store.ts'

/** How exact a token's last use is. */
const EXACT_TO_MS = 60_000

/** Notes when tokens are used: at most once a minute each, and never while a request waits for it. */
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
    if (last !== undefined && now - last < EXACT_TO_MS) return
    this.#written.set(accessKey, now)
    detach('maintenance', () => this.#writeOrLog(accessKey))
  }

  async #writeOrLog(accessKey: string): Promise<void> {
    try {
      await this.#write(accessKey)
    } catch (err) {
      this.#log.warn({ err, accessKey }, "a token's use can't be noted")
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

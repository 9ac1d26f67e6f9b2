import type { Logger } from 'pino'
import { contain, detach } from '#lib/process/faults.ts'
import { Authority } from '../../authority/authority.ts'
import type { Store } from '../../store/store.ts'

/** How often it is written: a crash loses that much. */
const SAVE_EVERY_MS = 5 * 60_000

/** When each node was last heard of. In memory, and written rarely, because nodes report every second. */
export class LastSeen {
  readonly #store: Store
  readonly #log: Logger
  readonly #times: Map<string, string>
  readonly #unsaved = new Set<string>()
  readonly #timer: NodeJS.Timeout

  /** @param times as saved, by node */
  constructor(store: Store, log: Logger, times: Map<string, string>) {
    this.#store = store
    this.#log = log
    this.#times = times
    const onDue = contain('maintenance', () => detach('maintenance', () => this.save()))
    this.#timer = setInterval(onDue, SAVE_EVERY_MS).unref()
  }

  note(nodeId: string): void {
    this.#times.set(nodeId, new Date().toISOString())
    this.#unsaved.add(nodeId)
  }

  /** Another process may have heard of a node later. */
  learn(nodeId: string, at: string): void {
    if (at > (this.of(nodeId) ?? '')) this.#times.set(nodeId, at)
  }

  of(nodeId: string): string | null {
    return this.#times.get(nodeId) ?? null
  }

  forget(nodeId: string): void {
    this.#times.delete(nodeId)
    this.#unsaved.delete(nodeId)
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer)
    await this.save()
  }

  async save(): Promise<void> {
    const ids = [...this.#unsaved]
    if (ids.length === 0) return
    this.#unsaved.clear()
    try {
      await this.#store.transaction(Authority.system, async (writer) => {
        for (const id of ids) {
          const last_seen_at = this.of(id)
          await writer.updateTable('nodes').set({ last_seen_at }).where('id', '=', id).execute()
        }
      })
    } catch (err) {
      for (const id of ids) if (this.#times.has(id)) this.#unsaved.add(id)
      this.#log.error({ err }, 'when nodes were last seen could not be saved')
    }
  }
}

import type { Logger } from 'pino'
import { detach } from '#lib/process/faults.ts'
import type { Term } from '../leadership/term.ts'
import { Signal } from '../store/signal.ts'
import type { Store } from '../store/store.ts'
import { type AuditLog, FLOOD_MS } from './audit-log.ts'
import { prune } from './prune.ts'
import type { Retention } from './retention.ts'

const PRUNE_EVERY_MS = 60 * 60_000
/** When it is tried again after a failure. */
const RETRY_AFTER_MS = 60_000
/** New lines that start pruning before the hour is over. */
const PRUNE_AFTER_LINES = 5000
/** How often new lines of other processes are counted. */
const COUNT_EVERY_MS = 10_000
/** Lines of one transaction: few, because all other writers wait for it. */
const EXPORT_AT_ONCE = 100
/** Other processes write a repeated event for this long. */
const REPEATED_MS = FLOOD_MS + 60_000

type Parts = { store: Store; audit: AuditLog; retention: Retention; log: Logger }

/** Deletes old lines of the audit log and of the history, and exports lines that a process which crashed left unfinished. */
export class AuditMaintenance {
  readonly #parts: Parts
  readonly #term: Term
  readonly #wake = new Signal()
  readonly #stopping = new AbortController()
  readonly #unsubscribe: () => void
  readonly #done: Promise<void>
  /** The newest line when the last pruning began. */
  #prunedTo = 0
  #hasMaintained = false

  constructor(parts: Parts, term: Term) {
    this.#parts = parts
    this.#term = term
    this.#unsubscribe = parts.audit.written.subscribe(() => this.#wake.notify())
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#done = promise
    detach('maintenance', () => this.#run().finally(resolve))
  }

  async stop(): Promise<void> {
    this.#unsubscribe()
    this.#stopping.abort()
    await this.#done
  }

  async #run(): Promise<void> {
    const signal = AbortSignal.any([this.#stopping.signal, this.#term.ended])
    for (let dueAt = 0; !signal.aborted; ) {
      const { count } = this.#wake
      if (performance.now() >= dueAt || (await this.#hasManyNewLines())) {
        const isDone = await this.#maintain()
        dueAt = performance.now() + (isDone ? PRUNE_EVERY_MS : RETRY_AFTER_MS)
      }
      await this.#wake.after(count, COUNT_EVERY_MS, signal)
    }
  }

  /** @returns whether it succeeded */
  async #maintain(): Promise<boolean> {
    const { store, audit, retention, log } = this.#parts
    const { authority } = this.#term
    try {
      this.#prunedTo = await this.#newestLine()
      await this.#exportUnfinished()
      audit.written.notify()
      await prune({ store, authority }, Date.now(), retention)
      return true
    } catch (err) {
      if (!this.#term.ended.aborted) log.error({ err }, 'old audit lines could not be deleted')
      return false
    }
  }

  async #hasManyNewLines(): Promise<boolean> {
    try {
      return (await this.#newestLine()) - this.#prunedTo >= PRUNE_AFTER_LINES
    } catch {
      return false
    }
  }

  async #newestLine(): Promise<number> {
    const query = this.#parts.store.reader.selectFrom('audit')
    const newest = await query.select(({ fn }) => fn.max('id').as('id')).executeTakeFirst()
    return Number(newest?.id ?? 0)
  }

  /** Gives a new feed position to lines whose count increased after their export, when the process ended before they were final. */
  async #exportUnfinished(): Promise<void> {
    const { store } = this.#parts
    // At the start of the only process nothing is repeated yet.
    const mayGoOn = store.isShared || this.#hasMaintained
    this.#hasMaintained = true
    const before = new Date(Date.now() - (mayGoOn ? REPEATED_MS : 0)).toISOString()
    for (let exported = EXPORT_AT_ONCE; exported === EXPORT_AT_ONCE; ) {
      exported = await store.transaction(this.#term.authority, async (writer) => {
        const { ref } = writer.dynamic
        const unfinished = await writer
          .selectFrom('audit')
          .select(['id', 'count'])
          .whereRef('feed_count', '<', ref('count'))
          .where('at', '<', before)
          .limit(EXPORT_AT_ONCE)
          .execute()
        for (const { id, count } of unfinished) {
          const feed = { feed_position: store.stamp().sequence, feed_count: count }
          await writer.updateTable('audit').set(feed).where('id', '=', id).execute()
        }
        return unfinished.length
      })
    }
  }
}

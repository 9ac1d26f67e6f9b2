import type { DatabaseSync } from 'node:sqlite'
import { contain } from '#lib/process/faults.ts'

/** When a secret, or a hash that it may be guessed from, is deleted or replaced. */
const EVENTS = [
  'delete on certificate_chains',
  'update on certificate_chains',
  'delete on subscriber_secrets',
  'update on subscriber_secrets',
  'delete on api_tokens',
  'delete on credentials',
  'update of password on credentials',
  'delete on password_links',
  'update on password_links',
]
/** Until the log is tried again that somebody else reads, or that has no room. Milliseconds. */
const RETRY_MS = 500
const BUSY_TIMEOUT_MS = 5000

/**
 * Erases what secrets leave behind. SQLite overwrites deleted rows with zeros (`secure_delete`), but the write-ahead log has older
 * copies of their pages: it is written to the database and cut to nothing after each transaction that deletes or replaces a
 * secret. Triggers notice that, so nobody has to remember it.
 */
export class Erasure {
  readonly #database: DatabaseSync
  #isDue = false
  #timer: NodeJS.Timeout | null = null

  constructor(database: DatabaseSync) {
    this.#database = database
    database.exec('PRAGMA secure_delete = ON')
    database.function('note_erasure', () => {
      this.#isDue = true
      this.#later(0)
      return null
    })
  }

  /** Begins to notice; the tables have to be there. */
  watch(): void {
    for (const [index, event] of EVENTS.entries()) {
      this.#database.exec(
        `create temp trigger erase_${index} after ${event} begin select note_erasure(); end`,
      )
    }
  }

  /** Rebuilds the database, so that nothing is left of what was deleted before rows were overwritten. */
  eraseFreePages(): void {
    this.#database.exec('VACUUM')
    this.#isDue = true
    this.run()
  }

  /** Erases now what is due, unless a transaction or another process is in the way: then later. */
  run(): void {
    if (!this.#isDue || this.#database.isTransaction) return
    this.#isDue = !this.#cutLog()
    if (this.#isDue) this.#later(RETRY_MS)
  }

  stop(): void {
    if (this.#timer) clearTimeout(this.#timer)
  }

  #later(ms: number): void {
    if (this.#timer) return
    const retry = () => {
      this.#timer = null
      this.run()
      if (this.#isDue) this.#later(RETRY_MS)
    }
    const onTime = contain('maintenance', retry, () => this.#later(RETRY_MS))
    this.#timer = setTimeout(onTime, ms)
    this.#timer.unref()
  }

  /** @returns whether it is cut. Who reads the log is not waited for: that would hold up everything. */
  #cutLog(): boolean {
    try {
      this.#database.exec('PRAGMA busy_timeout = 0')
      const row = this.#database.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get()
      return row?.busy === 0
    } catch {
      return false
    } finally {
      this.#database.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`)
    }
  }
}

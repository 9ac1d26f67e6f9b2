import type { DatabaseSync } from 'node:sqlite'
import { contain } from '#lib/process/faults.ts'
import { withoutWaiting } from './sqlite-database.ts'

/** Statements that delete or replace a secret, or a hash from which a secret could be guessed. */
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

/** The interval of retries while another process reads the write-ahead log, or the disk is full. */
const RETRY_MS = 500

/**
 * Erases deleted secrets from the database's files. SQLite overwrites deleted rows with zeros (`secure_delete`), but the write-ahead log
 * has older copies of their pages. So the log is checkpointed and truncated after each transaction that deletes or replaces a
 * secret. Triggers detect such transactions, whatever code runs them.
 */
export class Erasure {
  readonly #database: DatabaseSync
  #isDue = false
  #timer: NodeJS.Timeout | null = null

  constructor(database: DatabaseSync) {
    this.#database = database
  }

  setUp(): void {
    overwriteDeletedRows(this.#database)
    this.#database.function('note_erasure', () => {
      this.#isDue = true
      this.#runLater(0)
      return null
    })
  }

  /** Starts to detect transactions that delete or replace secrets. The tables must exist. */
  createTriggers(): void {
    for (const [index, event] of EVENTS.entries()) {
      this.#database.exec(
        `create temp trigger erase_${index} after ${event} begin select note_erasure(); end`,
      )
    }
  }

  /** Rebuilds the database without the free pages, where rows that were deleted before `secure_delete` was set are still readable. */
  eraseFreePages(): void {
    this.#database.exec('VACUUM')
    this.#isDue = true
    this.run()
  }

  /** Truncates the log if that is due. Retries later if a transaction is open, or another process reads the log. */
  run(): void {
    if (!this.#isDue || this.#database.isTransaction) return
    this.#isDue = !this.#truncateLog()
    if (this.#isDue) this.#runLater(RETRY_MS)
  }

  stop(): void {
    if (this.#timer) clearTimeout(this.#timer)
  }

  #runLater(ms: number): void {
    if (this.#timer) return
    const retry = () => {
      this.#timer = null
      this.run()
      if (this.#isDue) this.#runLater(RETRY_MS)
    }
    const onTime = contain('maintenance', retry, () => this.#runLater(RETRY_MS))
    this.#timer = setTimeout(onTime, ms)
    this.#timer.unref()
  }

  /** Doesn't wait for readers of the log, because that would block the event loop. @returns whether the log is truncated */
  #truncateLog(): boolean {
    try {
      return withoutWaiting(this.#database, () => {
        const row = this.#database.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get()
        return row?.busy === 0
      })
    } catch {
      return false
    }
  }
}

/** Has SQLite overwrite what it deletes through this connection with zeros. */
export function overwriteDeletedRows(database: DatabaseSync): void {
  database.exec('PRAGMA secure_delete = ON')
}

import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { Kysely, SqliteDialect, type Transaction } from 'kysely'
import { Migrator } from 'kysely/migration'
import { fileProblem } from '#lib/config/file-problem.ts'
import { laterOf, timestamp } from '../clock.ts'
import { ColumnValues } from './column-values.ts'
import { databaseProblem } from './database-problem.ts'
import { MIGRATIONS } from './schema-version.ts'
import { openSqlite } from './sqlite-database.ts'
import type { Tables } from './tables.ts'

/** What only reads need. A transaction is one too. */
export type Reader = Pick<Kysely<Tables>, 'selectFrom'>
export type Writer = Transaction<Tables>

const provider = { getMigrations: async () => MIGRATIONS }

/** The product's state, durable. Services read through `reader` and write through `change` only. */
export class Store {
  readonly #db: Kysely<Tables>
  /** The sequence of the last line in history and audit. */
  #sequence = ''

  private constructor(db: Kysely<Tables>) {
    this.#db = db
  }

  /**
   * Opens the database file, making it and bringing its schema up to date where needed.
   * @throws Error in words where a newer program has written it, or it can't be read or written.
   */
  static async open(file: string): Promise<Store> {
    try {
      mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
    } catch (error) {
      throw new Error(fileProblem(error, dirname(file)))
    }
    try {
      return await Store.#open(file)
    } catch (error) {
      throw databaseProblem(error, file)
    }
  }

  static async #open(file: string): Promise<Store> {
    const db = new Kysely<Tables>({
      dialect: new SqliteDialect({ database: openSqlite(file) }),
      plugins: [new ColumnValues()],
    })
    const { error } = await new Migrator({ db, provider }).migrateToLatest()
    if (error) throw error
    const store = new Store(db)
    store.#sequence = await lastSequence(db)
    return store
  }

  /** The time and sequence for a new line of history or audit. */
  readonly stamp = (): { at: string; sequence: string } => {
    const at = timestamp()
    this.#sequence = laterOf(at, this.#sequence)
    return { at, sequence: this.#sequence }
  }

  get reader(): Reader {
    return this.#db
  }

  /** For the accounts' library, which has its own conversion of values. */
  get plain(): Kysely<Tables> {
    return this.#db.withoutPlugins()
  }

  transaction<T>(work: (writer: Writer) => Promise<T>): Promise<T> {
    return this.#db.transaction().execute(work)
  }

  close(): Promise<void> {
    return this.#db.destroy()
  }
}

async function lastSequence(db: Kysely<Tables>): Promise<string> {
  const last = (table: 'audit' | 'changes') =>
    db
      .selectFrom(table)
      .select(({ fn }) => fn.max('sequence').as('sequence'))
      .executeTakeFirst()
  const [audit, changes] = await Promise.all([last('audit'), last('changes')])
  return [audit?.sequence ?? '', changes?.sequence ?? ''].sort().at(-1) ?? ''
}

import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { type ConnectionOptions, setUpConnection } from './sqlite-database.ts'
import { explainSqliteError } from './sqlite-errors.ts'

type Value = string | number | Uint8Array
type Row = Record<string, unknown>

/** A database file beside the store, for data that may be lost. Its queries are synchronous. */
export class SqliteFile {
  readonly #database: DatabaseSync
  readonly #prepared = new Map<string, StatementSync>()

  /**
   * Opens the file, or creates it.
   * @param schema statements that create what is missing
   * @throws Error that explains to the operator why it can't be opened
   */
  constructor(file: string, schema: string, options: ConnectionOptions) {
    try {
      this.#database = new DatabaseSync(file)
      setUpConnection(this.#database, options)
      this.#database.exec(schema)
    } catch (error) {
      throw explainSqliteError(error, file)
    }
  }

  all(sql: string, ...values: Value[]): Row[] {
    return this.#statement(sql).all(...values)
  }

  run(sql: string, ...values: Value[]): void {
    this.#statement(sql).run(...values)
  }

  /** Runs all of `work`, or nothing of it if it throws. */
  transaction(work: () => void): void {
    this.#database.exec('BEGIN IMMEDIATE')
    try {
      work()
      this.#database.exec('COMMIT')
    } catch (error) {
      // When the disk is full, SQLite has rolled back already.
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK')
      throw error
    }
  }

  close(): void {
    this.#database.close()
  }

  #statement(sql: string): StatementSync {
    const prepared = this.#prepared.get(sql) ?? this.#database.prepare(sql)
    this.#prepared.set(sql, prepared)
    return prepared
  }
}

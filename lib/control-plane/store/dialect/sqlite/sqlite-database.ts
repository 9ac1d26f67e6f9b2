import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite'
import type { SqliteDatabase, SqliteStatement } from 'kysely'

/** The size of the cache of prepared statements. A query with a list of IDs is another statement for each length. */
const PREPARED_MAX = 500
const BUSY_TIMEOUT_MS = 5000

export type ConnectionOptions = {
  /** `FULL`: acknowledged transactions survive a power cut. `NORMAL`: the last ones may be lost, but none is half written. */
  synchronous: 'FULL' | 'NORMAL'
}

/** Sets up a connection to a database with a write-ahead log. */
export function setUpConnection(database: DatabaseSync, { synchronous }: ConnectionOptions): void {
  database.exec('PRAGMA journal_mode = WAL')
  database.exec(`PRAGMA synchronous = ${synchronous}`)
}

/** Has statements wait for other processes that have the database locked. */
export function waitForOthers(database: DatabaseSync): void {
  setBusyTimeout(database, BUSY_TIMEOUT_MS)
}

/** Runs something without waiting for other processes. */
export function withoutWaiting<T>(database: DatabaseSync, run: () => T): T {
  setBusyTimeout(database, 0)
  try {
    return run()
  } finally {
    waitForOthers(database)
  }
}

function setBusyTimeout(database: DatabaseSync, ms: number): void {
  database.exec(`PRAGMA busy_timeout = ${ms}`)
}

/**
 * The connection as Kysely's SQLite dialect expects it: with better-sqlite3's interface.
 * @param onCommit called after each commit, before the next transaction can begin
 */
export function kyselyDatabase(
  database: DatabaseSync,
  { onCommit, close }: { onCommit: () => void; close: () => void },
): SqliteDatabase {
  const prepared = new Map<string, SqliteStatement>()
  return {
    close,
    prepare(sql) {
      let statement = prepared.get(sql)
      if (!statement) {
        if (prepared.size >= PREPARED_MAX) prepared.clear()
        statement = adapted(database.prepare(sql))
        if (sql === 'rollback') statement = withinTransaction(database, statement)
        if (sql === 'commit') statement = withHook(statement, onCommit)
        prepared.set(sql, statement)
      }
      return statement
    },
  }
}

/** When the disk is full, SQLite has rolled back already. A second rollback would hide the first error. */
function withinTransaction(database: DatabaseSync, statement: SqliteStatement): SqliteStatement {
  const run: SqliteStatement['run'] = (parameters) =>
    database.isTransaction ? statement.run(parameters) : { changes: 0, lastInsertRowid: 0 }
  return { ...statement, run }
}

function withHook(statement: SqliteStatement, hook: () => void): SqliteStatement {
  const run: SqliteStatement['run'] = (parameters) => {
    const result = statement.run(parameters)
    hook()
    return result
  }
  return { ...statement, run }
}

function adapted(statement: StatementSync): SqliteStatement {
  return {
    reader: statement.columns().length > 0,
    all: (parameters) => statement.all(...parameters.map(storedValue)),
    run: (parameters) => statement.run(...parameters.map(storedValue)),
    iterate: (parameters) => statement.iterate(...parameters.map(storedValue)),
  }
}

/** SQLite has neither booleans nor JSON: they are stored as 0 or 1, and as text. `ColumnValues` reads them. */
function storedValue(value: unknown): SQLInputValue {
  if (typeof value === 'boolean') return value ? 1 : 0
  if (value !== null && typeof value === 'object' && !(value instanceof Uint8Array)) {
    return JSON.stringify(value)
  }
  return (value ?? null) as SQLInputValue
}

/** The names of the migrations that a database has executed; empty for a new database, or one of another program. */
export function executedMigrations(database: DatabaseSync): string[] {
  const table = database.prepare("select name from sqlite_schema where name = 'kysely_migration'")
  if (!table.get()) return []
  const rows = database.prepare('select name from kysely_migration order by name').all()
  return rows.map(({ name }) => String(name))
}

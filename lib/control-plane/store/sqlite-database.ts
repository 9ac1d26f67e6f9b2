import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import type { SqliteDatabase, SqliteStatement } from 'kysely'
import { foldCase } from '#lib/core/fold-case.ts'
import { Erasure } from './erasure.ts'
import { refuseNewerSchema } from './schema-version.ts'

/** Statements kept prepared. The product's own queries are fewer; lists of ids of every length come on top. */
const PREPARED_MAX = 500

/**
 * Opens a database file for Kysely's own SQLite dialect, which expects better-sqlite3's interface. An acknowledged
 * write is on the disk: write-ahead log, synced at every commit.
 */
export function openSqlite(file: string): SqliteDatabase & { erasure: Erasure } {
  const database = new DatabaseSync(file)
  refuseNewerSchema(database, file)
  database.exec('PRAGMA journal_mode = WAL')
  database.exec('PRAGMA synchronous = FULL')
  database.exec('PRAGMA foreign_keys = ON')
  database.exec('PRAGMA busy_timeout = 5000')
  database.function('fold_case', { deterministic: true }, (text) => foldCase(String(text)))
  const erasure = new Erasure(database)
  const prepared = new Map<string, SqliteStatement>()
  return {
    erasure,
    close() {
      erasure.stop()
      database.close()
    },
    prepare(sql) {
      let statement = prepared.get(sql)
      if (!statement) {
        if (prepared.size >= PREPARED_MAX) prepared.clear()
        statement = adapted(database.prepare(sql))
        if (sql === 'rollback') statement = unlessRolledBack(database, statement)
        if (sql === 'commit') statement = thenErased(erasure, statement)
        prepared.set(sql, statement)
      }
      return statement
    },
  }
}

/** Where the disk is full SQLite has rolled back by itself; the first error is the one that counts. */
function unlessRolledBack(database: DatabaseSync, statement: SqliteStatement): SqliteStatement {
  const run: SqliteStatement['run'] = (parameters) =>
    database.isTransaction ? statement.run(parameters) : { changes: 0, lastInsertRowid: 0 }
  return { ...statement, run }
}

/** Right after the commit, before the next transaction can begin. */
function thenErased(erasure: Erasure, statement: SqliteStatement): SqliteStatement {
  const run: SqliteStatement['run'] = (parameters) => {
    const result = statement.run(parameters)
    erasure.run()
    return result
  }
  return { ...statement, run }
}

function adapted(statement: StatementSync): SqliteStatement {
  return {
    reader: statement.columns().length > 0,
    all: (parameters) => statement.all(...parameters.map(sqliteValue)),
    run: (parameters) => statement.run(...parameters.map(sqliteValue)),
    iterate: (parameters) => statement.iterate(...parameters.map(sqliteValue)),
  }
}

/** SQLite has neither booleans nor JSON values: they are stored as 0 or 1, and as text. */
function sqliteValue(value: unknown): SQLInputValue {
  if (typeof value === 'boolean') return value ? 1 : 0
  if (value !== null && typeof value === 'object' && !(value instanceof Uint8Array)) {
    return JSON.stringify(value)
  }
  return (value ?? null) as SQLInputValue
}

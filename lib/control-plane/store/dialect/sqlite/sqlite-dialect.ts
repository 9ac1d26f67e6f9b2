import { DatabaseSync } from 'node:sqlite'
import { SqliteDialect, sql } from 'kysely'
import { foldCase } from '#lib/core/fold-case.ts'
import { foldedName, isFoldedList } from '../../folded-columns.ts'
import type { StoreDialect } from '../store-dialect.ts'
import { Erasure } from './erasure.ts'
import { SqliteCompiler } from './sqlite-compiler.ts'
import {
  executedMigrations,
  kyselyDatabase,
  setUpConnection,
  waitForOthers,
} from './sqlite-database.ts'
import { explainSqliteError } from './sqlite-errors.ts'

class PortableSqliteDialect extends SqliteDialect {
  override createQueryCompiler() {
    return new SqliteCompiler()
  }
}

/**
 * Opens a database file, and creates it if it is missing. Acknowledged transactions are on the disk.
 * @throws Error that explains to the operator why it can't be opened
 */
export function openSqlite(file: string): StoreDialect {
  try {
    return dialectOf(new DatabaseSync(file), file)
  } catch (error) {
    throw explainSqliteError(error, file)
  }
}

function dialectOf(database: DatabaseSync, file: string): StoreDialect {
  const erasure = new Erasure(database)
  const onCommit = () => erasure.run()
  const close = () => {
    erasure.stop()
    if (database.isOpen) database.close()
  }
  return {
    name: file,
    plugins: [],
    kysely: new PortableSqliteDialect({
      // Called before the first query. Until then the file is not modified.
      database: async () => {
        setUpConnection(database, { synchronous: 'FULL' })
        database.exec('PRAGMA foreign_keys = ON')
        waitForOthers(database)
        erasure.setUp()
        database.function('fold_case', { deterministic: true }, (text) => foldCase(String(text)))
        return kyselyDatabase(database, { onCommit, close })
      },
    }),
    migrations: {},
    isShared: false,
    shareCommits: () => async () => {},
    openLeaderConnection: null,
    openLockConnection: null,
    openPresenceConnection: null,
    whileOpening: (open) => open(),
    executedMigrations: async () => executedMigrations(database),
    readBoolean: (stored) => stored === 1,
    // All transactions use the one connection, each from its first statement to its last.
    lockWriters: async () => '',
    refold: async (writer, table, column) => {
      const source = sql.ref(column)
      const text = isFoldedList(column)
        ? sql`(select json_group_array(fold_case(value)) from json_each(${source}))`
        : sql`fold_case(coalesce(${source}, ''))`
      const target = sql.ref(foldedName(column))
      await sql`update ${sql.table(table)} set ${target} = ${text}`.execute(writer)
    },
    eraseFreePages: async () => erasure.eraseFreePages(),
    eraseSecrets: async () => erasure.createTriggers(),
    close: async () => close(),
    explain: (error) => explainSqliteError(error, file),
  }
}

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Kysely } from 'kysely'
import { defaultKeyFile } from '#lib/control-plane/secrets/key-file.ts'
import type { Settings } from '#lib/control-plane/settings.ts'
import { openSqlite } from '#lib/control-plane/store/dialect/sqlite/sqlite-dialect.ts'
import { queryBuilder, Store } from '#lib/control-plane/store/store.ts'
import type { Tables } from '#lib/control-plane/store/tables.ts'
import { connectPostgres } from './test-postgres.ts'
import { releaseDatabase, takeDatabase } from './test-store.ts'

/** The settings that say where a store is. */
export type StoreSettings = Pick<Settings, 'database' | 'databaseFile' | 'keyFile'>

export type TestDatabase = {
  /** For control planes that run one after the other. */
  settings: StoreSettings
  remove: () => Promise<void>
}

/** A new database with a directory of its own: a file there, or on the server that tests use. */
export async function newTestDatabase(): Promise<TestDatabase> {
  const directory = await mkdtemp(join(tmpdir(), 'fairlead-control-plane-'))
  const databaseFile = join(directory, 'fairlead.db')
  const database = await takeDatabase()
  return {
    settings: { database, databaseFile, keyFile: defaultKeyFile(databaseFile) },
    remove: async () => {
      await releaseDatabase(database)
      await rm(directory, { recursive: true })
    },
  }
}

/** Opens the store of a control plane, which may be running. */
export function openStoreOf({ database, databaseFile, keyFile }: StoreSettings): Promise<Store> {
  if (!database) return Store.open(databaseFile, keyFile)
  return Store.connect(database, keyFile, { lost: () => {}, restored: () => {} })
}

/**
 * Queries the database of a running control plane, by a connection of its own. Only use single statements: a file's transaction would
 * wait for one of the control plane, which shares the event loop.
 */
export function queryDatabase(settings: Pick<StoreSettings, 'database' | 'databaseFile'>): {
  database: Kysely<Tables>
  close: () => Promise<void>
} {
  const dialect = settings.database
    ? connectPostgres(settings.database)
    : openSqlite(settings.databaseFile)
  const database = queryBuilder(dialect)
  const close = async () => {
    await database.destroy()
    await dialect.close()
  }
  return { database, close }
}

import { KEY_BYTES, SecretBox } from '#lib/control-plane/secrets/secret-box.ts'
import { Store } from '#lib/control-plane/store/store.ts'
import type { DatabaseAddress } from '#lib/protocol/settings/database-address.ts'
import { DatabasePool } from './database-pool.ts'
import { connectPostgres, databaseOn, runSql } from './test-postgres.ts'

type Server = { address: string; port: number }

/** The database that all others are copies of. */
const TEMPLATE = 'fairlead_template'
const KEY = new SecretBox(Buffer.alloc(KEY_BYTES, 1))

let server: Server | null = null
let pool: DatabasePool | null = null

/** From now on, tests of this process use databases on this server. */
export function testOnPostgres(one: Server): void {
  // Called for each file of tests.
  if (server?.port === one.port) return
  server = one
  pool = new DatabasePool(one, TEMPLATE)
}

/** Prepares a server for tests. */
export async function makeTemplate(on: Server): Promise<void> {
  await runSql(on, `create database ${TEMPLATE} encoding 'UTF8' locale 'C' template template0`)
  const dialect = connectPostgres(databaseOn(on, { database: TEMPLATE }))
  await (await Store.openOn(dialect, () => KEY)).close()
  // Each control plane makes a key of its own.
  await runSql(on, "delete from settings where key = 'secrets_key_id'", TEMPLATE)
}

/** Takes a new database on the server; null if tests use files. */
export async function takeDatabase(): Promise<DatabaseAddress | null> {
  if (!server || !pool) return null
  return databaseOn(server, { database: await pool.take() })
}

/** Gives it back for other tests. */
export async function releaseDatabase(address: DatabaseAddress | null): Promise<void> {
  if (address) await pool?.release(address.database)
}

/** A new store of its own: in memory, or on the server that tests use. */
export async function openTestStore(): Promise<Store> {
  const address = await takeDatabase()
  if (!address) return Store.open(':memory:')
  const dialect = connectPostgres(address)
  const close = async () => {
    await dialect.close()
    await releaseDatabase(address)
  }
  return Store.openOn({ ...dialect, close }, () => KEY)
}

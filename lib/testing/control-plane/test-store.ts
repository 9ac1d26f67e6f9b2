import { randomUUID } from 'node:crypto'
import { KEY_BYTES, SecretBox } from '#lib/control-plane/secrets/secret-box.ts'
import { Store } from '#lib/control-plane/store/store.ts'
import type { DatabaseAddress } from '#lib/protocol/settings/database-address.ts'
import { connectPostgres, databaseOn, runSql } from './test-postgres.ts'

type Server = { address: string; port: number }

/** The database that all others are copies of. */
const TEMPLATE = 'fairlead_template'
const KEY = new SecretBox(Buffer.alloc(KEY_BYTES, 1))

let server: Server | null = null

/** From now on, tests of this process use databases on this server. */
export function testOnPostgres(one: Server): void {
  server = one
}

/** Prepares a server for tests. */
export async function makeTemplate(on: Server): Promise<void> {
  await runSql(on, `create database ${TEMPLATE} encoding 'UTF8' locale 'C' template template0`)
  const dialect = connectPostgres(databaseOn(on, { database: TEMPLATE }))
  await (await Store.openOn(dialect, () => KEY)).close()
  // Each control plane makes a key of its own.
  await runSql(on, "delete from settings where key = 'secrets_key_id'", TEMPLATE)
}

/** A new database on the server; null if tests use files. */
export async function newTestDatabase(): Promise<DatabaseAddress | null> {
  if (!server) return null
  const database = `test_${randomUUID().replaceAll('-', '')}`
  await runSql(server, `create database ${database} template ${TEMPLATE}`, 'postgres')
  return databaseOn(server, { database })
}

export async function dropTestDatabase(address: DatabaseAddress | null): Promise<void> {
  if (!server || !address) return
  await runSql(server, `drop database if exists ${address.database} with (force)`, 'postgres')
}

/** A new store of its own: in memory, or on the server that tests use. */
export async function openTestStore(): Promise<Store> {
  const address = await newTestDatabase()
  if (!address) return Store.open(':memory:')
  const dialect = connectPostgres(address)
  const close = async () => {
    await dialect.close()
    await dropTestDatabase(address)
  }
  return Store.openOn({ ...dialect, close }, () => KEY)
}

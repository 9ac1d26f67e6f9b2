import type { Store } from '#lib/control-plane/store/store.ts'
import { startPostgres } from '#lib/testing/programs/postgres.ts'
import { freePort } from '../free-port.ts'
import { openStore } from './store-fixtures.ts'
import { connectPostgres, databaseOn } from './test-postgres.ts'

export type PostgresStore = { store: Store; remove(): Promise<void> }

/** Opens a store on a PostgreSQL server of its own. */
export async function startPostgresStore(): Promise<PostgresStore> {
  const server = await startPostgres('127.0.0.1', await freePort())
  const store = await openStore(connectPostgres(databaseOn(server)))
  const remove = async () => {
    await store.close()
    await server.remove()
  }
  return { store, remove }
}

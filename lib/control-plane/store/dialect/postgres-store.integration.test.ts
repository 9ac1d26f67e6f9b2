import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freePort } from '#lib/testing/control-plane/control-plane-process.ts'
import { openPostgres } from '#lib/testing/control-plane/postgres-dialect.ts'
import { describeStore } from '#lib/testing/control-plane/store-contract.ts'
import { appendChange, openStore } from '#lib/testing/control-plane/store-fixtures.ts'
import { POSTGRES_USER, startPostgres } from '#lib/testing/programs/postgres.ts'
import { missingPrograms } from '#lib/testing/programs/programs.ts'
import type { ServerProgram } from '#lib/testing/programs/server-program.ts'
import { waitFor } from '#lib/testing/wait.ts'
import { Authority } from '../../authority/authority.ts'
import { ChangeFeed } from '../change-feed.ts'
import { Signal } from '../signal.ts'
import type { Store } from '../store.ts'
import type { StoreDialect } from './store-dialect.ts'

// Fairlead doesn't support PostgreSQL yet. These tests show that the contract holds with concurrent transactions.

describe.skipIf(missingPrograms('postgres'))('PostgreSQL', () => {
  let server: ServerProgram
  let url: string
  const connect = () => openPostgres(url)

  beforeAll(async () => {
    const port = await freePort()
    server = await startPostgres('127.0.0.1', port)
    url = `postgres://${POSTGRES_USER}@127.0.0.1:${port}/${POSTGRES_USER}`
    // It accepts connections before it answers queries.
    await waitFor('PostgreSQL answers', async () => {
      const dialect = connect()
      await dialect.executedMigrations().finally(() => dialect.close())
      return true
    })
  })
  afterAll(() => server.remove())

  describeStore('a store on PostgreSQL', connect)

  /** A slow transaction takes an ID and a fast one the next. Returns what the feed delivers before and after the slow one commits. */
  async function outOfOrder(dialect: StoreDialect): Promise<string[][]> {
    const store = await openStore(dialect)
    const append = (lbId: string, meanwhile: () => Promise<unknown>) =>
      store.transaction(Authority.system, async (writer) => {
        await appendChange(writer, lbId)
        await meanwhile()
      })
    const feed = await ChangeFeed.open(store.reader, new Signal())
    const read = async () => (await feed.read()).map(({ lb_id }) => lb_id ?? '')
    let fast: Promise<unknown> = Promise.resolve()
    const first: string[] = []
    await append('slow', async () => {
      fast = append('fast', async () => {})
      await Promise.race([fast, waitingWriters(store)])
      first.push(...(await read()))
    })
    await fast
    const second = await read()
    feed.close()
    await store.close()
    return [first, second]
  }

  /** Resolves when a transaction waits for a lock. */
  async function waitingWriters(store: Store): Promise<void> {
    const waiting = () =>
      store.reader
        .selectFrom('pg_locks' as never)
        .select('pid' as never)
        .where('granted' as never, '=', false as never)
        .execute()
    await expect.poll(waiting).not.toEqual([])
  }

  test('a transaction that has a lower ID and commits later is not missed', async () => {
    expect(await outOfOrder(connect())).toEqual([[], ['slow', 'fast']])
  })

  test('without the writers lock it is missed', async () => {
    const unlocked = { ...connect(), lockWriters: async () => {} }
    expect(await outOfOrder(unlocked)).toEqual([['fast'], []])
  })
})

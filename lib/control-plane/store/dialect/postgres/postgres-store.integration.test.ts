import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { DatabaseAddress } from '#lib/protocol/settings/database-address.ts'
import { freePort } from '#lib/testing/control-plane/control-plane-process.ts'
import { describeStore } from '#lib/testing/control-plane/store-contract.ts'
import { appendChange, openStore } from '#lib/testing/control-plane/store-fixtures.ts'
import { connectPostgres, databaseOn, runSql } from '#lib/testing/control-plane/test-postgres.ts'
import { startPostgres } from '#lib/testing/programs/postgres.ts'
import { missingPrograms } from '#lib/testing/programs/programs.ts'
import type { ServerProgram } from '#lib/testing/programs/server-program.ts'
import { Authority } from '../../../authority/authority.ts'
import { ChangeFeed } from '../../change-feed.ts'
import type { Reader } from '../../reader.ts'
import { Signal } from '../../signal.ts'
import type { Store } from '../../store.ts'
import type { StoreDialect } from '../store-dialect.ts'

describe.skipIf(missingPrograms('postgres'))('PostgreSQL', () => {
  let server: ServerProgram
  let address: DatabaseAddress
  const connect = () => connectPostgres(address)

  beforeAll(async () => {
    const port = await freePort()
    server = await startPostgres('127.0.0.1', port)
    address = databaseOn(server)
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

  test('a statement that was prepared before a migration is prepared again', async () => {
    const dialect = connect()
    const store = await openStore(dialect)
    const read = (reader: Reader) =>
      reader.selectFrom('settings').selectAll().where('key', '=', 'x').execute()
    for (let use = 0; use < 5; use += 1) expect(await read(store.reader)).toEqual([])
    await runSql(server, 'alter table settings add column added text')
    expect(await read(store.reader)).toEqual([])
    for (let use = 0; use < 5; use += 1) await read(store.reader)
    await runSql(server, 'alter table settings drop column added')
    await expect(store.snapshot(read)).rejects.toMatchObject({ kind: 'newer_schema' })
    expect(await store.snapshot(read)).toEqual([])
    await store.close()
  })

  test('without the writers lock it is missed', async () => {
    const unlocked = { ...connect(), lockWriters: async () => '' }
    expect(await outOfOrder(unlocked)).toEqual([['fast'], []])
  })
})

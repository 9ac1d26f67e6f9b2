import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  type PostgresStore,
  startPostgresStore,
} from '#lib/testing/control-plane/postgres-store.ts'
import { lbRow } from '#lib/testing/control-plane/store-fixtures.ts'
import {
  A,
  at,
  describeTraffic,
  LB,
  read,
  report,
  startHistory,
} from '#lib/testing/control-plane/traffic-contract.ts'
import { missingPrograms } from '#lib/testing/programs/programs.ts'
import { Authority } from '../authority/authority.ts'
import { soleTerm } from '../leadership/start-leadership.ts'
import type { Store } from '../store/store.ts'
import { TrafficHistory } from './traffic-history.ts'
import { TrafficTables } from './traffic-tables.ts'

describe.skipIf(missingPrograms('postgres'))('in PostgreSQL', () => {
  let database: PostgresStore
  let store: Store
  beforeAll(async () => {
    database = await startPostgresStore()
    store = database.store
  })
  afterAll(() => database?.remove())

  const deleteLb = (lbId: string) =>
    store.transaction(Authority.system, async (writer) => {
      await writer.deleteFrom('lbs').where('id', '=', lbId).execute()
    })

  async function create(): Promise<TrafficTables> {
    await deleteLb(LB)
    await store.transaction(Authority.system, async (writer) => {
      await writer.deleteFrom('traffic_known').execute()
      await writer.updateTable('traffic_recording').set({ recorded_until: 0 }).execute()
      await writer.insertInto('lbs').values(lbRow(LB)).execute()
    })
    return new TrafficTables(store)
  }

  describeTraffic('the history of traffic', {
    create,
    reopen: async () => new TrafficTables(store),
    deleteLb,
  })

  test('a new leader continues after the last recorded minute, and charts are the same everywhere', async () => {
    const startedAt = at(-120)
    const { history: leader } = await startHistory(await create(), startedAt)
    const other = new TrafficHistory(new TrafficTables(store), () => {}, startedAt)
    const all = [leader, other]
    for (const history of all) history.connect(A)
    const receive = (requests: number, seconds: number) => {
      for (const history of all) history.receive(A, report(requests), at(seconds))
    }
    const charts = async (until: number) => {
      const read60 = (history: TrafficHistory) => read(history, until, { step: 60 })
      return (await Promise.all(all.map(read60))).map(({ columns }) => columns.requests)
    }
    receive(10, 0)
    await leader.tick(at(60))
    receive(15, 70)
    for (const history of all) await history.tick(at(75))
    expect(await charts(120)).toEqual([
      [10, 5],
      [10, 5],
    ])
    // The leader is killed before it records the second minute.
    await other.startRecording(soleTerm().term, at(80))
    receive(22, 100)
    await other.tick(at(120))
    expect(await charts(120)).toEqual([
      [10, 12],
      [10, 12],
    ])
    const { columns } = await read(other, 120)
    expect(columns.requests.filter((count) => count)).toEqual([10, 5, 7])
    for (const history of all) await history.close()
  })
})

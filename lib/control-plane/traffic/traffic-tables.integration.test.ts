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
import type { Term } from '../leadership/term.ts'
import { TermEnded } from '../leadership/term-ended.ts'
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

  /** Histories of which one leads after the other. The writes of all but the newest leader are refused. */
  function succession(histories: readonly TrafficHistory[]) {
    const living = new Set(histories)
    const waiting = [...histories]
    let elected = 0
    let leader: TrafficHistory | undefined
    let stop: (now?: number) => Promise<void> = async () => {}
    const newTerm = (): Term => {
      elected += 1
      const own = elected
      const isCertain = () => own === elected
      const check = async () => {
        if (!isCertain()) throw new TermEnded()
      }
      const authority = Authority.ofLeader(check, isCertain)
      return { authority, isCertain, ended: new AbortController().signal }
    }
    const elect = async (now: number) => {
      leader = waiting.shift()
      stop = (await leader?.startRecording(newTerm(), now)) ?? stop
    }
    const replace = async (way: 'killed' | 'hung' | 'stopped', now: number) => {
      const former = leader
      if (!former || waiting.length === 0) return
      living.delete(former)
      if (way === 'stopped') await stop(now)
      await elect(now + 10)
      // It wakes up, and records what it has not yet.
      if (way === 'hung') await former.tick(now + 70_000)
    }
    return { living, elect, replace }
  }

  /** Requests in each of 240 seconds. @returns how many there were in each slot */
  async function generate(
    random: () => number,
    each: (second: number, requests: number) => Promise<void>,
  ): Promise<number[]> {
    const perSlot = Array.from({ length: 48 }, () => 0)
    let requests = 0
    for (let second = 0; second < 240; second += 1) {
      const slot = Math.floor(second / 5)
      const more = Math.floor(random() * 5)
      requests += more
      perSlot[slot] = (perSlot[slot] ?? 0) + more
      await each(second, requests)
    }
    return perSlot
  }

  test.each([1, 2, 3, 4, 5])(
    'leaders that end in any way record each second once (seed %i)',
    async (seed) => {
      const random = randomFrom(seed)
      const refused: unknown[] = []
      const all = [await create(), ...Array.from({ length: 5 }, () => new TrafficTables(store))]
      const histories = all.map(
        (one) => new TrafficHistory(one, (err) => refused.push(err), at(-120)),
      )
      const { living, elect, replace } = succession(histories)
      await elect(at(0))
      for (const history of histories) {
        history.connect(A)
        history.receive(A, report(0), at(0))
      }
      const perSlot = await generate(random, async (second, requests) => {
        for (const history of living) {
          history.receive(A, report(requests), at(second) + 500)
          await history.tick(at(second) + 900)
        }
        const way = WAYS[Math.floor(random() * WAYS.length)] ?? 'killed'
        if (second % 50 === 49) await replace(way, at(second) + 950)
      })
      for (const history of living) await history.tick(at(240))
      expect(refused).toEqual([])
      const later = new TrafficHistory(new TrafficTables(store), () => {}, at(0))
      for (const history of [...living, later]) {
        expect((await read(history, 240)).columns.requests).toEqual(perSlot)
      }
      for (const history of [...histories, later]) await history.close()
    },
  )
})

const WAYS = ['killed', 'hung', 'stopped'] as const

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

import { describe, expect, test } from 'vitest'
import { soleTerm } from '#lib/control-plane/leadership/start-leadership.ts'
import { partFilter } from '#lib/control-plane/traffic/parts.ts'
import { TrafficHistory, type TrafficSource } from '#lib/control-plane/traffic/traffic-history.ts'
import type { TrafficRecords } from '#lib/control-plane/traffic/traffic-records.ts'
import type { Counters } from '#lib/core/observed.ts'
import { lbReport, NO_COUNTS, NO_FRONTEND_COUNTS } from './reports.ts'

/** Records of one kind. */
export type TestedRecords = {
  /** Opens empty records. */
  create: () => Promise<TrafficRecords>
  /** Opens the records of `create` again, as another process does. */
  reopen: () => Promise<TrafficRecords>
  /** Deletes what belongs to the load balancer when it is deleted. */
  deleteLb: (lbId: string) => Promise<void>
}

export const LB = 'lb-1'
/** Two workers of one node, and a worker of the other node. */
export const A: TrafficSource = { id: 'a/1', region: 'fr-par' }
const A_2: TrafficSource = { id: 'a/2', region: 'fr-par' }
const B: TrafficSource = { id: 'b/1', region: 'fr-par' }
/** The beginning of a minute, two minutes after the control plane's start. Milliseconds. */
export const START = Date.UTC(2030, 0, 1, 12, 2)
const SINCE = new Date(START - 60_000).toISOString()

function fail(error: unknown): never {
  throw error
}

/** Starts a history that records. `close` ends it as a process that stops does. */
export async function startHistory(records: TrafficRecords, startedAt: number) {
  const history = new TrafficHistory(records, fail, startedAt)
  const stop = await history.startRecording(soleTerm().term, startedAt)
  const close = async (now: number) => {
    await stop(now)
    await history.close()
  }
  return { history, close }
}

const counters = (changes: Partial<Counters>): Counters => ({ ...NO_COUNTS, ...changes })

export const report = (requests: number, more: Partial<Counters> = {}, since = SINCE) => ({
  lbs: [
    lbReport({
      lb_id: LB,
      counting_since: since,
      counters: counters({ requests_total: requests, ...more }),
      frontend_counters: { F: { ...NO_FRONTEND_COUNTS, requests_total: requests } },
      server_counters: { 'B/10.0.0.1': counters({ requests_total: requests }) },
    }),
  ],
})

export const at = (seconds: number) => START + seconds * 1000

export async function read(
  history: TrafficHistory,
  until: number,
  { from = 0, step = 5, includesPart = partFilter() } = {},
) {
  const times = { start: at(from) / 1000, end: at(until) / 1000, step }
  return (await history.read({ lbId: LB, region: 'fr-par', times, includesPart })).columns()
}

/** What the history must do with every kind of records. */
export function describeTraffic(name: string, { create, reopen, deleteLb }: TestedRecords): void {
  const open = async (startedAt = START - 120_000) => startHistory(await create(), startedAt)
  const openAgain = async (startedAt: number) => startHistory(await reopen(), startedAt)

  describe(name, () => {
    test('increments of both nodes are added up in slots of five seconds', async () => {
      const { history, close } = await open()
      history.connect(A)
      history.receive(A, report(10), at(0))
      history.receive(A, report(15, { bytes_in: 2 ** 33 }), at(3))
      history.receive(B, report(2), at(4))
      await history.tick(at(5))
      history.receive(A, report(16, { bytes_in: 2 ** 33 }), at(11))
      const { start, columns } = await read(history, 15)
      expect(start).toBe(START / 1000)
      expect(columns.requests).toEqual([17, 0, 1])
      expect(columns.bytes_in).toEqual([2 ** 33, 0, 0])
      expect(
        (await read(history, 15, { includesPart: partFilter('B', '10.0.0.1') })).columns.requests,
      ).toEqual([17, 0, 1])
      expect(
        (await read(history, 15, { includesPart: partFilter('other') })).columns.requests,
      ).toEqual([0, 0, 0])
      await close(at(100))
    })

    test('the counters of a restarted node start at zero', async () => {
      const { history, close } = await open()
      history.receive(A, report(100), at(0))
      history.receive(A, report(150, {}, new Date(at(1)).toISOString()), at(2))
      history.receive(A, report(151, {}, new Date(at(1)).toISOString()), at(5))
      expect((await read(history, 10)).columns.requests).toEqual([250, 1])
      await close(at(100))
    })

    test('the restart of a worker loses no counted traffic', async () => {
      const { history, close } = await open()
      const again = new Date(at(6)).toISOString()
      const leave = history.connect(A)
      history.connect(A_2)
      history.receive(A, report(100, { connections_current: 3 }), at(0))
      history.receive(A_2, report(40, { connections_current: 4 }), at(1))
      leave(at(5))
      history.receive(A_2, report(50, { connections_current: 4 }), at(6))
      history.connect(A)
      history.receive(A, report(7, { connections_current: 1 }, again), at(7))
      const { columns } = await read(history, 10)
      expect(columns.requests).toEqual([140, 17])
      expect(columns.connections_open).toEqual([7, 5])
      await close(at(100))
    })

    test('the counters of a server that is removed and added again start at zero', async () => {
      const { history, close } = await open()
      const includesPart = partFilter('B')
      history.receive(A, report(100, { connections_total: 5 }), at(0))
      history.receive(A, report(7), at(5))
      expect((await read(history, 10, { includesPart })).columns.requests).toEqual([100, 7])
      await close(at(100))
    })

    test('slots without a connected node are null, and traffic counted while disconnected is not recorded', async () => {
      const { history, close } = await open()
      const leave = history.connect(A)
      history.receive(A, report(10), at(0))
      leave(at(4))
      await history.tick(at(5))
      await history.tick(at(10))
      history.connect(A)
      history.receive(A, report(500), at(15))
      history.receive(A, report(501), at(21))
      expect((await read(history, 25)).columns.requests).toEqual([10, null, null, 0, 1])
      await close(at(100))
    })

    test('traffic from before the start of the control plane is not recorded', async () => {
      const { history, close } = await open(START)
      history.connect(A)
      history.receive(A, report(900), at(1))
      history.receive(A, report(905), at(2))
      const { start, columns } = await read(history, 5, { from: -60 })
      expect([start, columns.requests]).toEqual([START / 1000, [5]])
      await close(at(100))
    })

    test('idle connections count as open in slots without reports', async () => {
      const { history, close } = await open()
      history.connect(A)
      history.receive(A, report(1, { connections_current: 3 }), at(0))
      history.receive(B, report(1, { connections_current: 4 }), at(1))
      await history.tick(at(5))
      await history.tick(at(10))
      expect((await read(history, 15)).columns.connections_open).toEqual([7, 7, 7])
      await close(at(100))
    })

    test('the history survives a restart within a minute, at both resolutions', async () => {
      const { history, close } = await open()
      history.connect(A)
      for (let second = 0; second < 90; second += 1) {
        history.receive(A, report(second + 1, { connections_current: 2 }), at(second))
        await history.tick(at(second))
      }
      await close(at(90))
      const { history: next, close: closeNext } = await openAgain(at(92))
      next.connect(A)
      next.receive(A, report(1000, { connections_current: 2 }), at(95))
      next.receive(A, report(1003, { connections_current: 2 }), at(96))
      const { columns } = await read(next, 100, { from: 60 })
      expect(columns.requests).toEqual([5, 5, 5, 5, 5, 5, null, 3])
      await closeNext(at(100))
      const { history: last, close: closeLast } = await openAgain(at(200))
      const includesPart = partFilter()
      const times = { start: at(-3600) / 1000, end: at(120) / 1000, step: 60 }
      const minutes = (
        await last.read({ lbId: LB, region: 'fr-par', times, includesPart })
      ).columns()
      expect([minutes.start, minutes.columns.requests]).toEqual([START / 1000, [60, 33]])
      expect(minutes.columns.connections_open).toEqual([2, 2])
      await closeLast(at(100))
    })

    test('samples older than the retention are deleted, and so is the history of a deleted load balancer', async () => {
      const { history, close } = await open()
      const hour = 3600
      history.connect(A)
      history.receive(A, report(10), at(0))
      await history.tick(at(60))
      await history.tick(at(2 * hour))
      await history.tick(at(2 * hour + 60))
      expect((await read(history, 60, { step: 5 })).columns.requests.some((count) => count)).toBe(
        false,
      )
      const day = { from: -hour, step: 60 }
      const minutes = (await read(history, 2 * hour, day)).columns.requests
      expect(minutes[0]).toBe(10)
      expect([...(await history.partsSince(LB, START / 1000))]).toEqual(['server/B/10.0.0.1'])
      await history.tick(at(8 * 24 * hour))
      await history.tick(at(8 * 24 * hour + 60))
      expect((await read(history, 2 * hour, day)).columns.requests).toEqual([])
      expect((await history.partsSince(LB, START / 1000)).size).toBe(0)

      history.receive(A, report(20), at(8 * 24 * hour + 120))
      history.forget(LB)
      await deleteLb(LB)
      history.receive(A, report(30), at(8 * 24 * hour + 121))
      const later = { from: 8 * 24 * hour + 120, step: 5 }
      expect((await read(history, 8 * 24 * hour + 125, later)).columns.requests).toEqual([0])
      await close(at(100))
    })

    test('current rates are per second', async () => {
      const { history, close } = await open()
      history.receive(A, report(0), at(0))
      history.receive(A, report(60), at(4))
      history.receive(A, report(80, { connections_total: 4 }), at(7))
      const now = { requests: 10, connections: 0 }
      expect(history.rates(LB, at(8))).toEqual({
        frontends: { F: now },
        backends: { B: now },
        servers: { 'B/10.0.0.1': now },
      })
      expect(history.rates(LB, at(20))).toEqual({ frontends: {}, backends: {}, servers: {} })
      await close(at(100))
    })

    test('recording continues after the clock is set back, and replaces minutes that the clock reaches again', async () => {
      const { history, close } = await open()
      const minute = 60
      history.connect(A)
      history.receive(A, report(1), at(0))
      history.receive(A, report(11), at(10 * minute))
      history.receive(A, report(111), at(20 * minute))
      // The clock is set back by 15 minutes.
      history.receive(A, report(112), at(5 * minute))
      history.receive(A, report(114), at(5 * minute + 6))
      await history.tick(at(6 * minute))
      const minutes = { step: minute }
      expect((await read(history, 7 * minute, minutes)).columns.requests).toEqual([
        1,
        null,
        null,
        null,
        null,
        3,
        0,
      ])
      // Minutes that the clock has not reached again keep their samples.
      expect(
        (await read(history, 21 * minute, { from: 10 * minute, step: minute })).columns.requests[0],
      ).toBe(10)
      expect(history.rates(LB, at(6 * minute)).backends).toEqual({})
      history.receive(A, report(118), at(10 * minute))
      await history.tick(at(11 * minute))
      expect(
        (await read(history, 11 * minute, { from: 10 * minute, step: minute })).columns.requests,
      ).toEqual([4])
      await close(at(100))

      const { history: next, close: closeNext } = await openAgain(at(2 * minute))
      next.connect(A)
      next.receive(A, report(200), at(3 * minute))
      next.receive(A, report(201), at(3 * minute + 1))
      await next.tick(at(4 * minute))
      expect(
        (await read(next, 4 * minute, { from: 3 * minute, step: minute })).columns.requests,
      ).toEqual([1])
      await closeNext(at(100))
    })
  })
}

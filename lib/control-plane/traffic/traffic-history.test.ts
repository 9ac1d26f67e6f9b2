import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import type { Counters } from '#lib/core/observed.ts'
import { lbReport, NO_COUNTS, NO_FRONTEND_COUNTS } from '#lib/testing/control-plane/reports.ts'
import { partFilter } from './parts.ts'
import { TrafficHistory, type TrafficSource } from './traffic-history.ts'

const LB = 'lb-1'
/** Two workers of one node, and a worker of the other node. */
const A: TrafficSource = { id: 'a/1', region: 'fr-par' }
const A_2: TrafficSource = { id: 'a/2', region: 'fr-par' }
const B: TrafficSource = { id: 'b/1', region: 'fr-par' }
/** The beginning of a minute, two minutes after the control plane's start. Milliseconds. */
const START = Date.UTC(2030, 0, 1, 12, 2)
const SINCE = new Date(START - 60_000).toISOString()

const cleanups: (() => void)[] = []
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup()
})

function fail(error: unknown): never {
  throw error
}

function open(directory?: string, startedAt = START - 120_000) {
  const dataDir = directory ?? mkdtempSync(join(tmpdir(), 'fairlead-traffic-'))
  const history = new TrafficHistory(join(dataDir, 'traffic.db'), fail, startedAt)
  if (directory === undefined) cleanups.push(() => rmSync(dataDir, { recursive: true }))
  return { history, directory: dataDir }
}

const counters = (changes: Partial<Counters>): Counters => ({ ...NO_COUNTS, ...changes })

const report = (requests: number, more: Partial<Counters> = {}, since = SINCE) => ({
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

const at = (seconds: number) => START + seconds * 1000

function read(
  history: TrafficHistory,
  until: number,
  { from = 0, step = 5, includesPart = partFilter() } = {},
) {
  const times = { start: at(from) / 1000, end: at(until) / 1000, step }
  return history.read({ lbId: LB, region: 'fr-par', times, includesPart }).columns()
}

test('increments of both nodes are added up in slots of five seconds', () => {
  const { history } = open()
  history.connect(A)
  history.receive(A, report(10), at(0))
  history.receive(A, report(15, { bytes_in: 2 ** 33 }), at(3))
  history.receive(B, report(2), at(4))
  history.tick(at(5))
  history.receive(A, report(16, { bytes_in: 2 ** 33 }), at(11))
  const { start, columns } = read(history, 15)
  expect(start).toBe(START / 1000)
  expect(columns.requests).toEqual([17, 0, 1])
  expect(columns.bytes_in).toEqual([2 ** 33, 0, 0])
  expect(read(history, 15, { includesPart: partFilter('B', '10.0.0.1') }).columns.requests).toEqual(
    [17, 0, 1],
  )
  expect(read(history, 15, { includesPart: partFilter('other') }).columns.requests).toEqual([
    0, 0, 0,
  ])
  history.close()
})

test('the counters of a restarted node start at zero', () => {
  const { history } = open()
  history.receive(A, report(100), at(0))
  history.receive(A, report(150, {}, new Date(at(1)).toISOString()), at(2))
  history.receive(A, report(151, {}, new Date(at(1)).toISOString()), at(5))
  expect(read(history, 10).columns.requests).toEqual([250, 1])
  history.close()
})

test('the restart of a worker loses no counted traffic', () => {
  const { history } = open()
  const again = new Date(at(6)).toISOString()
  const leave = history.connect(A)
  history.connect(A_2)
  history.receive(A, report(100, { connections_current: 3 }), at(0))
  history.receive(A_2, report(40, { connections_current: 4 }), at(1))
  leave(at(5))
  history.receive(A_2, report(50, { connections_current: 4 }), at(6))
  history.connect(A)
  history.receive(A, report(7, { connections_current: 1 }, again), at(7))
  const { columns } = read(history, 10)
  expect(columns.requests).toEqual([140, 17])
  expect(columns.connections_open).toEqual([7, 5])
  history.close()
})

test('the counters of a server that is removed and added again start at zero', () => {
  const { history } = open()
  const includesPart = partFilter('B')
  history.receive(A, report(100, { connections_total: 5 }), at(0))
  history.receive(A, report(7), at(5))
  expect(read(history, 10, { includesPart }).columns.requests).toEqual([100, 7])
  history.close()
})

test('slots without a connected node are null, and traffic counted while disconnected is not recorded', () => {
  const { history } = open()
  const leave = history.connect(A)
  history.receive(A, report(10), at(0))
  leave(at(4))
  history.tick(at(5))
  history.tick(at(10))
  history.connect(A)
  history.receive(A, report(500), at(15))
  history.receive(A, report(501), at(21))
  expect(read(history, 25).columns.requests).toEqual([10, null, null, 0, 1])
  history.close()
})

test('traffic from before the start of the control plane is not recorded', () => {
  const { history } = open(undefined, START)
  history.connect(A)
  history.receive(A, report(900), at(1))
  history.receive(A, report(905), at(2))
  const { start, columns } = read(history, 5, { from: -60 })
  expect([start, columns.requests]).toEqual([START / 1000, [5]])
  history.close()
})

test('idle connections count as open in slots without reports', () => {
  const { history } = open()
  history.connect(A)
  history.receive(A, report(1, { connections_current: 3 }), at(0))
  history.receive(B, report(1, { connections_current: 4 }), at(1))
  history.tick(at(5))
  history.tick(at(10))
  expect(read(history, 15).columns.connections_open).toEqual([7, 7, 7])
  history.close()
})

test('the history survives a restart within a minute, at both resolutions', () => {
  const { history, directory } = open()
  history.connect(A)
  for (let second = 0; second < 90; second += 1) {
    history.receive(A, report(second + 1, { connections_current: 2 }), at(second))
    history.tick(at(second))
  }
  history.close()
  const { history: next } = open(directory, at(92))
  next.connect(A)
  next.receive(A, report(1000, { connections_current: 2 }), at(95))
  next.receive(A, report(1003, { connections_current: 2 }), at(96))
  const { columns } = read(next, 100, { from: 60 })
  expect(columns.requests).toEqual([5, 5, 5, 5, 5, 5, null, 3])
  next.close()
  const { history: last } = open(directory, at(200))
  const includesPart = partFilter()
  const times = { start: at(-3600) / 1000, end: at(120) / 1000, step: 60 }
  const minutes = last.read({ lbId: LB, region: 'fr-par', times, includesPart }).columns()
  expect([minutes.start, minutes.columns.requests]).toEqual([START / 1000, [60, 33]])
  expect(minutes.columns.connections_open).toEqual([2, 2])
  last.close()
})

test('samples older than the retention are deleted, and so is the history of a deleted load balancer', () => {
  const { history } = open()
  const hour = 3600
  history.connect(A)
  history.receive(A, report(10), at(0))
  history.tick(at(60))
  history.tick(at(2 * hour))
  history.tick(at(2 * hour + 60))
  expect(read(history, 60, { step: 5 }).columns.requests.some((count) => count)).toBe(false)
  const day = { from: -hour, step: 60 }
  const minutes = read(history, 2 * hour, day).columns.requests
  expect(minutes[0]).toBe(10)
  expect([...history.partsSince(LB, START / 1000)]).toEqual(['server/B/10.0.0.1'])
  history.tick(at(8 * 24 * hour))
  history.tick(at(8 * 24 * hour + 60))
  expect(read(history, 2 * hour, day).columns.requests).toEqual([])
  expect(history.partsSince(LB, START / 1000).size).toBe(0)

  history.receive(A, report(20), at(8 * 24 * hour + 120))
  history.forget(LB)
  history.receive(A, report(30), at(8 * 24 * hour + 121))
  const later = { from: 8 * 24 * hour + 120, step: 5 }
  expect(read(history, 8 * 24 * hour + 125, later).columns.requests).toEqual([0])
  history.close()
})

test('current rates are per second', () => {
  const { history } = open()
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
  history.close()
})

test('recording continues after the clock is set back, and replaces minutes that the clock reaches again', () => {
  const { history, directory } = open()
  const minute = 60
  history.connect(A)
  history.receive(A, report(1), at(0))
  history.receive(A, report(11), at(10 * minute))
  history.receive(A, report(111), at(20 * minute))
  // The clock is set back by 15 minutes.
  history.receive(A, report(112), at(5 * minute))
  history.receive(A, report(114), at(5 * minute + 6))
  history.tick(at(6 * minute))
  const minutes = { step: minute }
  expect(read(history, 7 * minute, minutes).columns.requests).toEqual([
    1,
    null,
    null,
    null,
    null,
    3,
    0,
  ])
  // Minutes that the clock has not reached again keep their samples.
  expect(read(history, 21 * minute, { from: 10 * minute, step: minute }).columns.requests[0]).toBe(
    10,
  )
  expect(history.rates(LB, at(6 * minute)).backends).toEqual({})
  history.receive(A, report(118), at(10 * minute))
  history.tick(at(11 * minute))
  expect(read(history, 11 * minute, { from: 10 * minute, step: minute }).columns.requests).toEqual([
    4,
  ])
  history.close()

  const { history: next } = open(directory, at(2 * minute))
  next.connect(A)
  next.receive(A, report(200), at(3 * minute))
  next.receive(A, report(201), at(3 * minute + 1))
  next.tick(at(4 * minute))
  expect(read(next, 4 * minute, { from: 3 * minute, step: minute }).columns.requests).toEqual([1])
  next.close()
})

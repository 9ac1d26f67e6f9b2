import { expect, test } from 'vitest'
import { lbReport, listener } from '#lib/testing/control-plane/reports.ts'
import { Fleet } from './fleet.ts'

const having = (generation: number) =>
  lbReport({ lb_id: 'x', generation, active: true, listeners: [listener('listening')] })
const hello = (generation: number) => ({
  workers: 2,
  known: { x: { generation, revision: 'r', changed_at: '', address: null } },
})

/** A node of two workers, both of which have generation 4. */
function twoWorkers() {
  const fleet = new Fleet()
  const leave = [1, 2].map((worker) => fleet.connect('fr-par-a', worker, hello(4)))
  const has = (worker: number, generation: number) =>
    fleet.receive('fr-par-a', { lbs: [having(generation)] }, worker)
  const view = () => fleet.nodes('fr-par', 'x')[0]
  has(1, 4)
  has(2, 4)
  return { fleet, leave, has, view }
}

test('applied is what all workers have', () => {
  const { has, view } = twoWorkers()
  expect(view()).toMatchObject({ workers: { connected: 2, total: 2 }, applied: 4 })
  has(1, 5)
  expect(view()?.applied).toBe(4)
  has(2, 5)
  expect(view()?.applied).toBe(5)
})

test('nothing is applied until every worker has said what it has', () => {
  const fleet = new Fleet()
  const view = () => fleet.nodes('fr-par', 'x')[0]
  const moves: boolean[] = []
  fleet.subscribe((_, moved) => moves.push(moved))
  fleet.connect('fr-par-a', 1, { workers: 2, known: {} })
  fleet.receive('fr-par-a', { lbs: [having(1)] }, 1)
  expect(view()).toMatchObject({ connected: true, applied: null, report: { generation: 1 } })
  fleet.connect('fr-par-a', 2, { workers: 2, known: {} })
  expect(view()?.applied).toBeNull()
  fleet.receive('fr-par-a', { lbs: [having(1)] }, 2)
  expect(view()?.applied).toBe(1)
  expect(moves).toEqual([true, true])
})

test('a worker that is gone leaves its node as it is, and has nothing newer until it is back', () => {
  const { fleet, leave, has, view } = twoWorkers()
  leave[1]?.()
  expect(view()).toMatchObject({
    connected: true,
    workers: { connected: 1, total: 2 },
    applied: 4,
    report: { active: true },
  })
  has(1, 5)
  expect(view()?.applied).toBe(4)
  fleet.connect('fr-par-a', 2, hello(5))
  has(2, 5)
  expect(view()).toMatchObject({ workers: { connected: 2 }, applied: 5 })
})

test('without any worker nothing is believed', () => {
  const { leave, view } = twoWorkers()
  for (const one of leave) one()
  expect(view()).toEqual({
    cluster: 'a',
    connected: false,
    workers: { connected: 0, total: 2 },
    applied: null,
    report: null,
    quarantine: null,
    hung: null,
  })
})

test('the end of an old stream does not end the new one of that worker', () => {
  const { fleet, leave, view } = twoWorkers()
  fleet.connect('fr-par-a', 1, hello(4))
  leave[0]?.()
  expect(view()).toMatchObject({ workers: { connected: 2 }, applied: 4 })
})

test('a node counts what the workers that are left have counted', () => {
  const { fleet, leave, view } = twoWorkers()
  const counting = (requests_total: number) => ({
    ...having(4),
    counters: { ...having(4).counters, requests_total },
  })
  fleet.receive('fr-par-a', { lbs: [counting(1)] }, 1)
  fleet.receive('fr-par-a', { lbs: [counting(2)] }, 2)
  expect(view()?.report?.counters.requests_total).toBe(3)
  leave[0]?.()
  expect(view()?.report?.counters.requests_total).toBe(2)
})

test('a generation quarantined by a worker is not applied on its node, until the worker’s next list', () => {
  const { fleet, has, view } = twoWorkers()
  const moved: string[] = []
  const quarantine = {
    lb_id: 'x',
    generation: 5,
    since: '2026-07-21T10:17:00Z',
    cause: 'hung_serving',
  } as const
  has(1, 5)
  has(2, 5)
  fleet.subscribe((lbId) => moved.push(lbId))
  fleet.receive('fr-par-a', { lbs: [], quarantined: [quarantine] }, 1)
  expect(view()).toMatchObject({ applied: null, quarantine, report: { generation: 5 } })
  fleet.receive('fr-par-a', { lbs: [], quarantined: [quarantine] }, 2)
  expect(view()).toMatchObject({ applied: null, quarantine, report: null })
  expect(fleet.summaries(new Set(['x']))).toMatchObject([{ quarantined: [quarantine], lbs: 0 }])
  // A report without a list changes nothing.
  has(1, 6)
  expect(view()?.quarantine).toEqual(quarantine)
  for (const worker of [1, 2])
    fleet.receive('fr-par-a', { lbs: [having(6)], quarantined: [] }, worker)
  expect(view()).toMatchObject({ applied: 6, quarantine: null })
  expect(moved).toContain('x')
})

test('a hung node is shown at each of its load balancers', () => {
  const { fleet, view } = twoWorkers()
  const moved: string[] = []
  fleet.subscribe((lbId) => moved.push(lbId))
  const hung = { node: 'fr-par-a', reason: 'looping', until: '2026-07-21T10:18:00Z' } as const
  fleet.setHung([hung])
  expect(view()?.hung).toEqual(hung)
  fleet.setHung([])
  expect(view()?.hung).toBeNull()
  expect(moved).toEqual(['x', 'x'])
})

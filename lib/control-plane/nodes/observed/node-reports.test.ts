import { expect, test } from 'vitest'
import type { ReportPriority } from '#lib/protocol/report.ts'
import { lbReport, listener } from '#lib/testing/control-plane/reports.ts'
import { followRequest, testRegistry } from '#lib/testing/control-plane/test-nodes.ts'
import { Fleet } from './fleet.ts'

const having = (generation: number) =>
  lbReport({ lb_id: 'x', generation, active: true, listeners: [listener('listening')] })
const request = (generation: number) =>
  followRequest({
    workers: 2,
    known: { x: { generation, revision: 'r', changed_at: '', address: null } },
  })

/** A node that has not connected. */
async function setUp() {
  const registry = await testRegistry()
  const [node] = registry.onCluster('fr-par', 'a')
  if (!node) throw new Error('no node')
  const fleet = new Fleet(registry)
  const instance = () => fleet.instances('fr-par', 'x')[0]
  return { fleet, node, instance }
}

/** A node with two workers, both of which have generation 4. */
async function twoWorkers() {
  const { fleet, node, instance } = await setUp()
  const disconnect = [1, 2].map((worker) => fleet.connect(node, worker, request(4)))
  const has = (worker: number, generation: number) =>
    fleet.receive(node, worker, { lbs: [having(generation)] })
  has(1, 4)
  has(2, 4)
  return { fleet, node, disconnect, has, instance }
}

test('a generation is applied once all workers have it', async () => {
  const { has, instance } = await twoWorkers()
  expect(instance()).toMatchObject({ workers: { connected: 2, total: 2 }, applied: 4 })
  has(1, 5)
  expect(instance()?.applied).toBe(4)
  has(2, 5)
  expect(instance()?.applied).toBe(5)
})

test('nothing is applied until every worker has connected', async () => {
  const { fleet, node, instance } = await setUp()
  const priorities: ReportPriority[] = []
  fleet.subscribe((_, priority) => priorities.push(priority))
  fleet.connect(node, 1, followRequest({ workers: 2 }))
  fleet.receive(node, 1, { lbs: [having(1)] })
  expect(instance()).toMatchObject({ connected: true, applied: null, report: { generation: 1 } })
  fleet.connect(node, 2, followRequest({ workers: 2 }))
  expect(instance()?.applied).toBeNull()
  fleet.receive(node, 2, { lbs: [having(1)] })
  expect(instance()?.applied).toBe(1)
  expect(priorities).toEqual(['immediate', 'immediate'])
})

test('a node stays as it is while one worker is disconnected, and applies nothing newer', async () => {
  const { fleet, node, disconnect, has, instance } = await twoWorkers()
  disconnect[1]?.()
  expect(instance()).toMatchObject({
    connected: true,
    workers: { connected: 1, total: 2 },
    applied: 4,
    report: { active: true },
  })
  has(1, 5)
  expect(instance()?.applied).toBe(4)
  fleet.connect(node, 2, request(5))
  has(2, 5)
  expect(instance()).toMatchObject({ workers: { connected: 2 }, applied: 5 })
})

test('the reports of a node without any connected worker are dropped', async () => {
  const { disconnect, instance } = await twoWorkers()
  for (const one of disconnect) one()
  expect(instance()).toEqual({
    cluster: 'a',
    node: expect.objectContaining({ name: 'fr-par-a' }),
    connected: false,
    workers: { connected: 0, total: 2 },
    applied: null,
    report: null,
    quarantine: null,
    hung: null,
  })
})

test('the end of an old stream does not end the new one of that worker', async () => {
  const { fleet, node, disconnect, instance } = await twoWorkers()
  fleet.connect(node, 1, request(4))
  disconnect[0]?.()
  expect(instance()).toMatchObject({ workers: { connected: 2 }, applied: 4 })
})

test('the counters of a node are those of its connected workers', async () => {
  const { fleet, node, disconnect, instance } = await twoWorkers()
  const counting = (requests_total: number) => ({
    ...having(4),
    counters: { ...having(4).counters, requests_total },
  })
  fleet.receive(node, 1, { lbs: [counting(1)] })
  fleet.receive(node, 2, { lbs: [counting(2)] })
  expect(instance()?.report?.counters.requests_total).toBe(3)
  disconnect[0]?.()
  expect(instance()?.report?.counters.requests_total).toBe(2)
})

test('a generation quarantined by a worker is not applied on its node, until the worker’s next list', async () => {
  const { fleet, node, has, instance } = await twoWorkers()
  const changed: string[] = []
  const quarantine = {
    lb_id: 'x',
    generation: 5,
    since: '2026-07-21T10:17:00Z',
    cause: 'hung_serving',
  } as const
  has(1, 5)
  has(2, 5)
  fleet.subscribe((lbId) => changed.push(lbId))
  fleet.receive(node, 1, { lbs: [], quarantined: [quarantine] })
  expect(instance()).toMatchObject({ applied: null, quarantine, report: { generation: 5 } })
  fleet.receive(node, 2, { lbs: [], quarantined: [quarantine] })
  expect(instance()).toMatchObject({ applied: null, quarantine, report: null })
  expect(fleet.summaries(new Set(['x']))[0]).toMatchObject({ quarantined: [quarantine], lbs: 0 })
  // A report without a list changes nothing.
  has(1, 6)
  expect(instance()?.quarantine).toEqual(quarantine)
  for (const worker of [1, 2]) fleet.receive(node, worker, { lbs: [having(6)], quarantined: [] })
  expect(instance()).toMatchObject({ applied: 6, quarantine: null })
  expect(changed).toContain('x')
})

test('a hung node is shown at each of its load balancers', async () => {
  const { fleet, instance } = await twoWorkers()
  const changed: string[] = []
  fleet.subscribe((lbId) => changed.push(lbId))
  const hung = { node: 'fr-par-a', reason: 'looping', until: '2026-07-21T10:18:00Z' } as const
  fleet.setHung([hung])
  expect(instance()?.hung).toEqual(hung)
  fleet.setHung([])
  expect(instance()?.hung).toBeNull()
  expect(changed).toEqual(['x', 'x'])
})

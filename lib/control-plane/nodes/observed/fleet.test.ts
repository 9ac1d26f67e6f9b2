import { expect, test } from 'vitest'
import type { ReportPriority } from '#lib/protocol/report.ts'
import { lbReport, listener } from '#lib/testing/control-plane/reports.ts'
import { followRequest, TEST_NODES, testRegistry } from '#lib/testing/control-plane/test-nodes.ts'
import { Fleet } from './fleet.ts'
import { ALL_LOCAL } from './observed-node.ts'

const active = lbReport({ lb_id: 'x', active: true, listeners: [listener('listening')] })
const standby = lbReport({ lb_id: 'x', listeners: [listener('standby')] })

async function setUp(registrations = TEST_NODES, placements = ALL_LOCAL) {
  const registry = await testRegistry(registrations)
  const node = (name: string) => {
    const found = registry.find(name)
    if (!found) throw new Error(`no node ${name}`)
    return found
  }
  const fleet = new Fleet(registry, placements)
  const instances = () => fleet.instances('fr-par', 'x')
  return { registry, fleet, node, instances }
}

test('a load balancer was ready once both nodes have it and one serves it', async () => {
  const { fleet, node, instances } = await setUp()
  const [a, b] = [node('fr-par-a'), node('fr-par-b')]
  fleet.receive(a, 1, { lbs: [standby] })
  fleet.receive(b, 1, { lbs: [standby] })
  expect(fleet.lifecycles.of('x')).toMatchObject({ servedAt: null, wasReady: false })
  fleet.receive(a, 1, { lbs: [active] })
  expect(fleet.lifecycles.of('x')).toMatchObject({ servedAt: expect.any(Number), wasReady: true })
  fleet.forget('x')
  expect(fleet.lifecycles.of('x').wasReady).toBe(false)
  expect(instances().map(({ report }) => report)).toEqual([null, null])
})

test('the reports of a node are dropped when it disconnects, but not those of its successor', async () => {
  const { fleet, node, instances } = await setUp()
  const a = node('fr-par-a')
  const first = fleet.connect(a, 1, followRequest())
  fleet.receive(a, 1, { lbs: [active] })
  expect(instances()[0]).toMatchObject({ connected: true, report: active })
  const second = fleet.connect(a, 1, followRequest())
  fleet.receive(a, 1, { lbs: [standby] })
  first()
  expect(instances()[0]).toMatchObject({ connected: true, report: standby })
  second()
  expect(instances()[0]).toMatchObject({ connected: false, report: null })
  expect(fleet.lifecycles.of('x').servedAt).not.toBeNull()
})

test('a changed state and a lost node are immediate, changed counters are batched', async () => {
  const { fleet, node } = await setUp()
  const a = node('fr-par-a')
  const notified: [string, ReportPriority][] = []
  const disconnect = fleet.connect(a, 1, followRequest())
  const unsubscribe = fleet.subscribe((...one) => notified.push(one))
  fleet.receive(a, 1, { lbs: [standby] })
  fleet.receive(a, 1, { lbs: [standby] })
  disconnect()
  unsubscribe()
  fleet.receive(a, 1, { lbs: [active] })
  expect(notified).toEqual([
    ['x', 'immediate'],
    ['x', 'batched'],
    ['x', 'immediate'],
  ])
})

test('an instance has no node until one is registered on its cluster', async () => {
  const { registry, fleet, instances } = await setUp([])
  const none = { node: null, connected: false, workers: { connected: 0, total: 1 }, report: null }
  expect(instances()).toMatchObject([
    { cluster: 'a', ...none },
    { cluster: 'b', ...none },
  ])
  await registry.register(TEST_NODES)
  expect(instances().map(({ node }) => node?.name)).toEqual(['fr-par-a', 'fr-par-b'])
  expect(fleet.summaries(new Set())).toHaveLength(TEST_NODES.length)
})

test('of several nodes on a cluster, the one that has the load balancer runs its instance', async () => {
  const [first] = TEST_NODES
  if (!first) throw new Error('no node')
  const second = { ...first, name: 'fr-par-a2', host: 'host-2', credential_hash: 'another' }
  const { fleet, node, instances } = await setUp([...TEST_NODES, second])
  expect(instances()[0]?.node?.name).toBe('fr-par-a')
  fleet.receive(node('fr-par-a2'), 1, { lbs: [standby] })
  expect(instances()[0]).toMatchObject({ node: { host: 'host-2' }, report: standby })
  fleet.receive(node('fr-par-a'), 1, { lbs: [active] })
  expect(instances()[0]).toMatchObject({ node: { host: 'host-1' }, report: active })
})

test('a node that a load balancer has left is not known to have it when it moves back', async () => {
  const left = new Set<string>()
  const placements = { ...ALL_LOCAL, isOn: ({ name }: { name: string }) => !left.has(name) }
  const { fleet, node } = await setUp(TEST_NODES, placements)
  const [a, b] = [node('fr-par-a'), node('fr-par-b')]
  for (const one of [a, b]) fleet.receive(one, 1, { lbs: [standby] })
  left.add('fr-par-a')
  fleet.placementChanged(['x'])
  expect([fleet.instanceOn(a.id, 'x'), fleet.instanceOn(b.id, 'x')?.applied]).toEqual([null, 1])
  // It was sent before the node removed the load balancer.
  fleet.receive(a, 1, { lbs: [standby] })
  left.clear()
  expect(fleet.instanceOn(a.id, 'x')).toBeNull()
  fleet.receive(a, 1, { lbs: [standby] })
  expect(fleet.instanceOn(a.id, 'x')?.applied).toBe(1)
})

test('a load balancer that another control plane has created is new when it is first seen', async () => {
  const registry = await testRegistry()
  const fleet = new Fleet(registry)
  fleet.lifecycles.noteExisting(['old'])
  expect(fleet.lifecycles.of('old').createdAt).toBe(Number.NEGATIVE_INFINITY)
  const { createdAt } = fleet.lifecycles.of('new')
  expect(createdAt).toBeGreaterThanOrEqual(fleet.startedAt)
  expect(fleet.lifecycles.of('new').createdAt).toBe(createdAt)
  // Deleted, and then restored by another.
  fleet.forget('old')
  expect(fleet.lifecycles.of('old').createdAt).toBeGreaterThanOrEqual(createdAt)
})

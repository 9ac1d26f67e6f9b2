import { expect, test, vi } from 'vitest'
import type { Change } from '#lib/core/change.ts'
import type { PlacementMove, RegionPlacement } from '#lib/core/placement.ts'
import {
  type RunningHosts,
  runWithHosts,
  runWithLocalLbs,
} from '#lib/testing/control-plane/running-hosts.ts'

const PATH = '/fairlead/v1/regions/fr-par/placement'
const ALL = ['a1', 'b1', 'b2']

const placement = async ({ controlPlane }: RunningHosts): Promise<RegionPlacement> =>
  (await controlPlane.call('GET', PATH)).body
const moves = async (running: RunningHosts): Promise<PlacementMove[]> =>
  (await placement(running)).moves
const history = async ({ controlPlane }: RunningHosts, lbId: string): Promise<Change[]> =>
  (await controlPlane.call('GET', `/fairlead/v1/lbs/${lbId}/changes`)).body.changes

/** Four load balancers on a1 and b1; then b2 joins. */
async function withThirdHost() {
  const running = await runWithHosts(...ALL)
  running.hosts.disconnect('fr-par-b2')
  const nodes = await running.runNodes('a1', 'b1')
  const lbs: { id: string }[] = []
  for (let at = 0; at < 4; at += 1) lbs.push(await running.createLb(`lb-${at}`))
  await vi.waitFor(() => {
    for (const { id } of lbs) expect(running.hosts.acceptingNodes(id)).toHaveLength(1)
  }, 10_000)
  for (const node of nodes) await node.report(...lbs.map(({ id }) => id))
  running.hosts.connect('fr-par-b2')
  return { running, lbs, nodes }
}

test('moves are shown before they are made, and change only backups where that is enough', async () => {
  const { running } = await withThirdHost()
  await using _ = running
  const { pairs, moves: planned } = await placement(running)
  expect(pairs.map(({ number, lbs, a, b }) => [number, lbs, a.name, b.name])).toEqual([
    [1, 4, 'fr-par-a1', 'fr-par-b1'],
    [2, 0, 'fr-par-a1', 'fr-par-b2'],
  ])
  expect(planned).toHaveLength(2)
  for (const move of planned) {
    expect(move).toMatchObject({
      phase: 'planned',
      cost: 'none',
      from_nodes: ['fr-par-a1', 'fr-par-b1'],
      to_nodes: ['fr-par-a1', 'fr-par-b2'],
    })
  }
  expect(
    running.hosts.orders.filter(
      ({ order }) => order.type === 'hand_over' && order.side === 'arriving',
    ),
  ).toEqual([])
})

test('a new backup applies the configuration before the old one is removed, and the owner stays', async () => {
  const { running, nodes } = await withThirdHost()
  await using _ = running
  const started: RegionPlacement = (await running.controlPlane.call('POST', PATH)).body
  expect(started.moves.map(({ phase, waiting_for }) => [phase, waiting_for])).toEqual([
    ['preparing', 'Waiting for fr-par-b2 to apply the configuration.'],
    ['preparing', 'Waiting for fr-par-b2 to apply the configuration.'],
  ])
  const moved = started.moves.map(({ lb_id }) => lb_id)
  const owners = moved.map((id) => running.hosts.acceptingNodes(id))
  const [third] = await running.runNodes('b2')
  await vi.waitFor(async () => expect(await moves(running)).toEqual([]), 10_000)
  expect(moved.map((id) => running.hosts.acceptingNodes(id))).toEqual(owners)
  expect([...(third?.configs.keys() ?? [])].toSorted()).toEqual(moved.toSorted())
  await vi.waitFor(() => {
    for (const id of moved) expect(nodes[1]?.configs.has(id)).toBe(false)
  }, 10_000)
  const [entry] = await history(running, moved[0] ?? '')
  expect(entry).toMatchObject({
    verb: 'move',
    generation: 2,
    actor: { kind: 'token' },
    before: { nodes: ['fr-par-a1', 'fr-par-b1'], active_node: 'fr-par-a1' },
    after: { nodes: ['fr-par-a1', 'fr-par-b2'], active_node: 'fr-par-a1', gap_ms: 0 },
  })
  expect(third?.configs.get(moved[0] ?? '')?.carriage?.pair.b.node).toBe('fr-par-b2')
})

test('an owner that leaves hands over, and is removed when its connections have ended', async () => {
  const { running, lbs, nodes } = await withThirdHost()
  await using _ = running
  await running.runNodes('b2')
  // All are owned by b1, which is drained.
  const { call } = running.controlPlane
  const [lb] = lbs
  if (!lb) throw new Error('no load balancer')
  const over = await call('POST', `/fairlead/v1/lbs/${lb.id}/switchover`, { to: 'b' })
  expect([over.status, running.hosts.acceptingNodes(lb.id)]).toEqual([200, ['fr-par-b1']])
  const [, b1] = nodes
  b1?.connections.set(lb.id, 3)
  await b1?.report(lb.id)
  await call('POST', '/fairlead/v1/nodes/fr-par-b1/drain')
  running.hosts.gapMs = 1.5
  // Draining has moved the traffic to a1. It is given back to see it hand over.
  await call('POST', `/fairlead/v1/lbs/${lb.id}/switchover`, { to: 'b' })
  const planned = (await moves(running)).find(({ lb_id }) => lb_id === lb.id)
  expect(planned).toMatchObject({ cost: 'switchover', to_nodes: ['fr-par-a1', 'fr-par-b2'] })
  await call('POST', PATH, { lb_ids: [lb.id] })
  await vi.waitFor(async () => {
    const [move] = await moves(running)
    expect(move).toMatchObject({
      lb_id: lb.id,
      phase: 'releasing',
      waiting_for: 'Waiting for 3 connections in progress on fr-par-b1.',
    })
  }, 10_000)
  expect(running.hosts.acceptingNodes(lb.id)).toHaveLength(1)
  expect(running.hosts.acceptingNodes(lb.id)).not.toEqual(['fr-par-b1'])
  expect(b1?.configs.has(lb.id)).toBe(true)
  expect((await history(running, lb.id))[0]).toMatchObject({
    verb: 'move',
    before: { active_node: 'fr-par-b1' },
    after: { gap_ms: 1.5 },
  })
  b1?.connections.delete(lb.id)
  await b1?.report(lb.id)
  await vi.waitFor(() => expect(b1?.configs.has(lb.id)).toBe(false), 10_000)
})

test('load balancers of the local nodes stay on their machine, if that is in a pair', async () => {
  const { running, lbs } = await runWithLocalLbs(2, 'a', 'b', 'b1')
  await using _ = running
  const local = await running.runNodes('a', 'b')
  await vi.waitFor(() => expect(local.map(({ configs }) => configs.size)).toEqual([2, 2]), 10_000)
  const [joined] = await running.runNodes('b1')
  const planned = await moves(running)
  expect(planned.map(({ cost, from_nodes, to_nodes }) => [cost, from_nodes, to_nodes])).toEqual(
    lbs.map(() => ['none', ['fr-par-a', 'fr-par-b'], ['fr-par-a', 'fr-par-b1']]),
  )
  expect((await placement(running)).local_lbs).toBe(2)
  await running.controlPlane.call('POST', PATH)
  await vi.waitFor(async () => expect(await moves(running)).toEqual([]), 10_000)
  // The second one was active on cluster b before.
  for (const { id } of lbs) expect(running.hosts.acceptingNodes(id)).toEqual(['fr-par-a'])
  expect(joined?.configs.size).toBe(2)
  await vi.waitFor(() => expect(local.map(({ configs }) => configs.size)).toEqual([2, 0]), 10_000)
})

test('load balancers of the local nodes are handed over to other hosts', async () => {
  const { running, lbs } = await runWithLocalLbs(1, 'a', 'b', 'a1', 'b1')
  await using _ = running
  const local = await running.runNodes('a', 'b')
  await running.runNodes('a1', 'b1')
  const { call } = running.controlPlane
  for (const node of ['a', 'b']) await call('POST', `/fairlead/v1/nodes/fr-par-${node}/drain`)
  const started: RegionPlacement = (await call('POST', PATH)).body
  expect(started.moves).toMatchObject([
    { cost: 'switchover', to_nodes: ['fr-par-a1', 'fr-par-b1'] },
  ])
  await vi.waitFor(async () => expect(await moves(running)).toEqual([]), 10_000)
  const [lb] = lbs
  expect(running.hosts.acceptingNodes(lb?.id ?? '')).toEqual(['fr-par-a1'])
  await vi.waitFor(() => expect(local.map(({ configs }) => configs.size)).toEqual([0, 0]), 10_000)
  const sides = running.hosts.orders.flatMap(({ host, order }) =>
    order.type === 'hand_over' && order.side !== 'relabel'
      ? `${host} ${order.side} ${order.peer}`
      : [],
  )
  expect(sides).toEqual(['fr-par-a1 arriving 10.99.0.1', 'fr-par-a leaving 10.99.0.11'])
})

test('load balancers stay on a machine that is not on the network of the hosts', async () => {
  const { running } = await runWithLocalLbs(1, 'a1', 'b1')
  await using _ = running
  expect(await placement(running)).toMatchObject({
    local_lbs: 1,
    moves: [],
    problem: expect.stringMatching(/can't move to other hosts/),
  })
})

test('a region that does not exist is a 404', async () => {
  await using running = await runWithHosts()
  const { status } = await running.controlPlane.call('GET', '/fairlead/v1/regions/mars/placement')
  expect(status).toBe(404)
})

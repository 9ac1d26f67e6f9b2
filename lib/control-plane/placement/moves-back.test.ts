import { expect, test, vi } from 'vitest'
import {
  drain,
  PLACEMENT_PATH,
  placement,
  undrain,
  withLbToMoveBack,
} from '#lib/testing/control-plane/lb-to-move-back.ts'
import { runWithSettings } from '#lib/testing/control-plane/running-hosts.ts'

test('load balancers move back to the local nodes once all hosts are draining', async () => {
  const { running, id, local, hosts } = await withLbToMoveBack()
  await using _ = running
  const { moves, problem } = await placement(running)
  expect(problem).toBeNull()
  expect(moves).toMatchObject([
    {
      lb_id: id,
      cost: 'switchover',
      from_nodes: ['fr-par-a1', 'fr-par-b1'],
      to_nodes: ['fr-par-a', 'fr-par-b'],
      to_pair: null,
      phase: 'planned',
    },
  ])
  running.hosts.gapMs = 3.5
  await running.controlPlane.call('POST', PLACEMENT_PATH)
  await vi.waitFor(async () => expect((await placement(running)).moves).toEqual([]), 10_000)
  expect(running.hosts.acceptingNodes(id)).toEqual(['fr-par-a'])
  const configs = () => local.map((node) => node?.configs.get(id)?.carriage)
  await vi.waitFor(() => expect(configs()).toEqual([null, null]), 10_000)
  await vi.waitFor(() => expect(hosts.map((host) => host.configs.size)).toEqual([0, 0]), 10_000)
  const sides = running.hosts.orders.flatMap(({ host, order }) =>
    order.type === 'hand_over' && order.side !== 'relabel'
      ? `${host} ${order.side} ${order.peer}`
      : [],
  )
  expect(sides.slice(-2)).toEqual(['fr-par-a arriving 10.99.0.11', 'fr-par-a1 leaving 10.99.0.1'])
  const { body } = await running.controlPlane.call('GET', `/fairlead/v1/lbs/${id}/changes`)
  expect(body.changes[0]).toMatchObject({
    verb: 'move',
    before: { nodes: ['fr-par-a1', 'fr-par-b1'], active_node: 'fr-par-a1' },
    after: { nodes: ['fr-par-a', 'fr-par-b'], active_node: 'fr-par-a', gap_ms: 3.5 },
  })
  // Now the hosts can be removed, and it can still be switched over and moved again.
  expect((await placement(running)).local_lbs).toBe(1)
  await undrain(running, 'a1', 'b1')
  expect((await placement(running)).moves.length).toBe(1)
  await drain(running, 'a1', 'b1')
  for (const node of ['a1', 'b1']) {
    const { status } = await running.controlPlane.call(
      'DELETE',
      `/fairlead/v1/nodes/fr-par-${node}`,
    )
    expect(status).toBe(204)
  }
})

test('a host that was away during the move is told that its load balancers have left', async () => {
  const { running, id, hosts } = await withLbToMoveBack()
  await using _ = running
  const [a1, b1] = hosts
  // a1 keeps the move from its end.
  a1?.connections.set(id, 1)
  await a1?.report(id)
  b1?.stop()
  running.hosts.disconnect('fr-par-b1')
  await running.controlPlane.call('POST', PLACEMENT_PATH)
  await vi.waitFor(() => expect(running.hosts.acceptingNodes(id)).toEqual(['fr-par-a']), 10_000)
  expect(running.hosts.host('fr-par-b1').labels.get(id)?.pair.number).toBe(1)
  running.hosts.connect('fr-par-b1')
  await vi.waitFor(
    () => expect(running.hosts.host('fr-par-b1').labels.get(id)?.pair.number).not.toBe(1),
    10_000,
  )
})

test.each([
  ['is not on their network', ['a1', 'b1'], {}, /no interface in the network of their HA IPs/],
  ['runs no nodes', ['a1', 'b1'], { hasLocalNodes: false }, /that machine runs no nodes/],
])('that is refused in words where the machine %s', async (_case, ids, settings, words) => {
  const running = await runWithSettings(settings, ...ids)
  await using _ = running
  await running.createLb()
  await drain(running, 'a1', 'b1')
  const { moves, problem } = await placement(running)
  expect(moves).toEqual([])
  expect(problem).toMatch(words)
  for (const node of ids) {
    const { status, body } = await running.controlPlane.call(
      'DELETE',
      `/fairlead/v1/nodes/fr-par-${node}`,
    )
    expect([status, body.help_message]).toEqual([412, expect.stringContaining('is placed on')])
  }
})

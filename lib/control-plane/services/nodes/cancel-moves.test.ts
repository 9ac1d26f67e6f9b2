import { expect, test, vi } from 'vitest'
import {
  PLACEMENT_PATH,
  placement,
  withLbToMoveBack,
} from '#lib/testing/control-plane/lb-to-move-back.ts'

test('a move that is being prepared can be cancelled, and the next hosts remove it', async () => {
  const { running, id, local, hosts } = await withLbToMoveBack()
  await using _ = running
  const [a, b] = local
  // It applies nothing, so the move stays as it is.
  b?.stop()
  const { call } = running.controlPlane
  await call('POST', PLACEMENT_PATH)
  await vi.waitFor(() => expect(a?.configs.has(id)).toBe(true), 10_000)
  expect((await placement(running)).moves).toMatchObject([{ phase: 'preparing' }])
  const { status, body } = await call('POST', `${PLACEMENT_PATH}/cancel`, { lb_ids: [id] })
  expect([status, body.moves[0].phase]).toEqual([200, 'planned'])
  await vi.waitFor(() => expect(a?.configs.has(id)).toBe(false), 10_000)
  expect(running.hosts.acceptingNodes(id)).toEqual(['fr-par-a1'])
  expect(hosts.map((host) => host.configs.size)).toEqual([1, 1])
  const { body: history } = await call('GET', `/fairlead/v1/lbs/${id}/changes`)
  expect(history.changes[0]).toMatchObject({
    verb: 'cancel_move',
    generation: null,
    before: { nodes: ['fr-par-a', 'fr-par-b'] },
    after: { nodes: ['fr-par-a1', 'fr-par-b1'] },
  })
  // It can begin again.
  const { body: again } = await call('POST', PLACEMENT_PATH)
  expect(again.moves[0].phase).toBe('preparing')
})

test('a move that hosts carry out can not be cancelled', async () => {
  const { running, id, hosts } = await withLbToMoveBack()
  await using _ = running
  hosts[0]?.connections.set(id, 1)
  await hosts[0]?.report(id)
  const { call } = running.controlPlane
  await call('POST', PLACEMENT_PATH)
  await vi.waitFor(async () => {
    expect((await placement(running)).moves).toMatchObject([{ phase: 'releasing' }])
  }, 10_000)
  const { status, body } = await call('POST', `${PLACEMENT_PATH}/cancel`, { lb_ids: [id] })
  expect([status, body.help_message]).toEqual([
    412,
    'site has moved to fr-par-a and fr-par-b already. Spread load balancers again to move it elsewhere.',
  ])
})

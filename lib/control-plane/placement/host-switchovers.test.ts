import { expect, test, vi } from 'vitest'
import type { Instance } from '#lib/core/lb.ts'
import { lbReport } from '#lib/testing/control-plane/reports.ts'
import { type RunningHosts, runWithHosts } from '#lib/testing/control-plane/running-hosts.ts'

const OWN = '/fairlead/v1'

/** A load balancer on a1 and b1, whose nodes have applied it and whose hosts carry it. */
async function onPair(running: RunningHosts) {
  const lb = await running.createLb()
  const nodes = await running.followAll(['a1', 'b1'])
  for (const { name, node, configs } of nodes) {
    for (const config of configs) {
      if (config.carriage) running.hosts.label(name, config.lb_id, config.carriage)
    }
    await node.report(lbReport({ lb_id: lb.id, active: name === 'fr-par-a1' }))
  }
  const close = () => {
    for (const { node } of nodes) node.close()
  }
  return { lb, close }
}

test('a switchover between hosts is recorded with its nodes, and who requested it', async () => {
  await using running = await runWithHosts('a1', 'b1')
  const { lb, close } = await onPair(running)
  const { call } = running.controlPlane
  const { status, body } = await call('POST', `${OWN}/lbs/${lb.id}/switchover`, { to: 'b' })
  expect([status, body]).toMatchObject([
    200,
    { from: 'a', to: 'b', reason: 'planned', gap_ms: 2.5 },
  ])
  expect(running.hosts.acceptingNodes(lb.id)).toEqual(['fr-par-b1'])
  const { changes } = (await call('GET', `${OWN}/lbs/${lb.id}/changes`)).body
  expect(changes[0]).toMatchObject({
    verb: 'switch_over',
    generation: null,
    actor: { kind: 'token' },
    failover: { id: body.id, from_node: 'fr-par-a1', to_node: 'fr-par-b1', gap_ms: 2.5 },
  })
  // The supervisor of this machine has nothing to do with it.
  const types = running.controlPlane.supervisorMessages.map(({ type }) => type)
  expect(types).not.toContain('switch_over')
  close()
})

test('a switchover is refused in words where the other host is lost', async () => {
  await using running = await runWithHosts('a1', 'b1')
  const { lb, close } = await onPair(running)
  running.hosts.kill('fr-par-b1')
  const { status, body } = await running.controlPlane.call('POST', `${OWN}/lbs/${lb.id}/switchover`)
  const problem = 'fr-par-b1 (host host-of-fr-par-b1) is not connected.'
  expect([status, body.precondition, body.help_message]).toEqual([412, 'not_ready', problem])
  close()
})

test('a joined node is drained, and its region is rebalanced', async () => {
  await using running = await runWithHosts('a1', 'b1')
  const { lb, close } = await onPair(running)
  const { call } = running.controlPlane
  const drained = await call('POST', `${OWN}/nodes/fr-par-a1/drain`)
  expect(drained.body).toMatchObject({ failovers: [{ lb_id: lb.id, to: 'b' }], problem: null })
  const rebalancing = call('POST', `${OWN}/regions/fr-par/rebalance`)
  // The region has local nodes too.
  const order = await vi.waitFor(() => {
    const { supervisorMessages } = running.controlPlane
    const found = supervisorMessages.find((message) => message.type === 'rebalance')
    if (!found) throw new Error('none yet')
    return found
  }, 10_000)
  if (order.type === 'rebalance') {
    const { id } = order
    await running.controlPlane.onSupervisor({ type: 'moved', id, failovers: [], problem: null })
  }
  expect((await rebalancing).body).toMatchObject({ failovers: [{ lb_id: lb.id, to: 'a' }] })
  const { instances } = (await call('GET', `/lb/v1/regions/fr-par/lbs/${lb.id}`)).body
  expect(instances.map(({ cluster }: Instance) => cluster)).toEqual(['a', 'b'])
  close()
})

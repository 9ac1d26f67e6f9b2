import { randomUUID } from 'node:crypto'
import { expect, test, vi } from 'vitest'
import type { Failover } from '#lib/core/failover.ts'
import type { NodeStatus } from '#lib/core/node.ts'
import { VERSION } from '#lib/process/version.ts'
import { follow } from '#lib/testing/control-plane/follow-stream.ts'
import { lbReport } from '#lib/testing/control-plane/reports.ts'
import {
  type RunningControlPlane,
  runControlPlane,
} from '#lib/testing/control-plane/running-control-plane.ts'

const REGION = '/lb/v1/regions/fr-par'
const OWN = '/fairlead/v1'

/** Runs a control plane with a load balancer. The test acts as the supervisor. */
async function setUp() {
  const controlPlane = await runControlPlane()
  const { body: lb } = await controlPlane.call('POST', `${REGION}/lbs`, { name: 'site' })
  const nodes = await Promise.all([
    follow(controlPlane, 'fr-par-a'),
    follow(controlPlane, 'fr-par-b'),
  ])
  const say = (applied: number) =>
    Promise.all(
      nodes.map((node, index) =>
        node.report(lbReport({ lb_id: lb.id, active: index === 0, generation: applied })),
      ),
    )
  await say(1)
  const dispose = async () => {
    for (const node of nodes) node.close()
    await controlPlane.stop()
  }
  const failover = (changes: Partial<Failover> = {}): Failover => ({
    id: randomUUID(),
    lb_id: lb.id,
    at: '2026-01-01T10:00:00.000Z',
    from: 'a',
    to: 'b',
    reason: 'ended',
    gap_ms: 12.5,
    ...changes,
  })
  const listed = async (query = '') =>
    (await controlPlane.call('GET', `${OWN}/lbs/${lb.id}/failovers${query}`)).body
  return { controlPlane, lb, failover, listed, say, [Symbol.asyncDispose]: dispose }
}

/** Resolves when the supervisor has received an order of this type. */
async function ordered({ supervisorMessages }: RunningControlPlane, type: string) {
  return vi.waitFor(() => {
    const order = supervisorMessages.find((message) => message.type === type)
    if (!order || !('id' in order)) throw new Error('no order yet')
    return order
  }, 20_000)
}

test('a switchover is ordered from the supervisor, and the response has its interruption', async () => {
  await using one = await setUp()
  const { controlPlane, lb, failover, listed } = one
  const response = controlPlane.call('POST', `${OWN}/lbs/${lb.id}/switchover`, { to: 'b' })
  const order = await ordered(controlPlane, 'switch_over')
  expect(order).toMatchObject({ lb_id: lb.id, to: 'b' })
  const moved = failover({ reason: 'planned', gap_ms: 0.8 })
  const answer = { type: 'moved' as const, id: order.id, failovers: [moved], problem: null }
  await controlPlane.onSupervisor(answer)
  expect(await response).toMatchObject({ status: 200, body: moved })
  expect(await listed()).toEqual({ failovers: [moved], total_count: 1 })
  const { body } = await controlPlane.call('GET', `${OWN}/lbs/${lb.id}/changes`)
  expect(body.changes[0]).toMatchObject({
    verb: 'switch_over',
    generation: null,
    actor: { kind: 'token' },
    before: { active_cluster: 'a' },
    after: { active_cluster: 'b' },
    failover: { id: moved.id, from_node: 'fr-par-a', to_node: 'fr-par-b', gap_ms: 0.8 },
  })
})

test("the response to a switchover that the supervisor refuses has the supervisor's reason", async () => {
  await using one = await setUp()
  const { controlPlane, lb } = one
  const response = controlPlane.call('POST', `${OWN}/lbs/${lb.id}/switchover`)
  const { id } = await ordered(controlPlane, 'switch_over')
  const problem = 'The instance of cluster b is not ready to take over.'
  await controlPlane.onSupervisor({ type: 'moved', id, failovers: [], problem })
  const { status, body } = await response
  expect([status, body.precondition, body.help_message]).toEqual([412, 'not_ready', problem])
})

test('there is no switchover to an instance that has not applied the newest change', async () => {
  await using one = await setUp()
  const { controlPlane, lb, say } = one
  await controlPlane.call('PUT', `${REGION}/lbs/${lb.id}`, { name: 'renamed', description: '' })
  const switchOver = () => controlPlane.call('POST', `${OWN}/lbs/${lb.id}/switchover`)
  expect((await switchOver()).body).toMatchObject({
    precondition: 'not_applied',
    help_message: expect.stringMatching(/backup instance \(cluster b\) has not applied/),
  })
  await say(2)
  void switchOver().catch(() => {})
  await ordered(controlPlane, 'switch_over')
})

test('the list of nodes counts their load balancers', async () => {
  await using one = await setUp()
  const listed = async () => {
    const { body } = await one.controlPlane.call('GET', `${OWN}/nodes`)
    return body.nodes.filter(({ region }: NodeStatus) => region === 'fr-par')
  }
  const nodes = await listed()
  const node = {
    id: expect.any(String),
    host: 'host-1',
    address: null,
    version: VERSION,
    state: 'joined',
    certificate_expires_at: null,
    last_seen_at: expect.any(String),
    outage: null,
    region: 'fr-par',
    connected: true,
    draining: false,
    workers: { connected: 1, total: 1 },
    lbs: 1,
    quarantined: [],
    problem: null,
    faults: { total: 0, last_at: null, last_message: null },
  }
  expect(nodes).toEqual([
    { ...node, name: 'fr-par-a', cluster: 'a', active_lbs: 1 },
    { ...node, name: 'fr-par-b', cluster: 'b', active_lbs: 0 },
  ])
  await one.controlPlane.call('DELETE', `${REGION}/lbs/${one.lb.id}?release_ip=true`)
  // A node reports a deleted load balancer until it has removed it.
  await one.say(1)
  expect((await listed()).map(({ lbs }: NodeStatus) => lbs)).toEqual([0, 0])
})

test('a node is drained, and a region is rebalanced', async () => {
  await using one = await setUp()
  const { controlPlane, failover } = one
  const draining = controlPlane.call('POST', `${OWN}/nodes/fr-par-a/drain`)
  const drain = await ordered(controlPlane, 'drain_node')
  expect(drain).toMatchObject({ node: 'fr-par-a' })
  const failovers = [failover({ reason: 'planned' })]
  await controlPlane.onSupervisor({ type: 'moved', id: drain.id, failovers, problem: null })
  expect(await draining).toMatchObject({ status: 200, body: { failovers, problem: null } })
  const rebalancing = controlPlane.call('POST', `${OWN}/regions/fr-par/rebalance`)
  const { id } = await ordered(controlPlane, 'rebalance')
  const problem = 'The instance does not answer in time.'
  await controlPlane.onSupervisor({ type: 'moved', id, failovers: [], problem })
  expect((await rebalancing).body).toEqual({ failovers: [], problem })
  for (const path of ['/nodes/mars-a/drain', '/regions/mars/rebalance']) {
    expect((await controlPlane.call('POST', OWN + path)).status).toBe(404)
  }
})

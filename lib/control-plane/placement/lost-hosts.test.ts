import { expect, test, vi } from 'vitest'
import type { Change } from '#lib/core/change.ts'
import { problemTexts } from '#lib/core/problem.ts'
import type { LbReport } from '#lib/protocol/report.ts'
import { type RunningHosts, runWithSettings } from '#lib/testing/control-plane/running-hosts.ts'

const observed = async ({ controlPlane }: RunningHosts, lbId: string) =>
  (await controlPlane.call('GET', `/fairlead/v1/lbs/${lbId}/observed`)).body
const problems = async (running: RunningHosts, lbId: string): Promise<string[]> =>
  problemTexts((await observed(running, lbId)).problems)
const history = async ({ controlPlane }: RunningHosts, lbId: string): Promise<Change[]> =>
  (await controlPlane.call('GET', `/fairlead/v1/lbs/${lbId}/changes`)).body.changes

/** Two load balancers on two hosts, one owned by each. */
async function withLbs(replaceBackupAfterMs: number | null, ...others: string[]) {
  const running = await runWithSettings({ replaceBackupAfterMs }, 'a1', 'b1', ...others)
  for (const id of others) running.hosts.disconnect(`fr-par-${id}`)
  await running.bothOwnCarriers('a1', 'b1')
  const nodes = await running.runNodes('a1', 'b1', ...others)
  const lbs: { id: LbReport['lb_id'] }[] = []
  for (const name of ['lb-1', 'lb-2']) lbs.push(await running.createLb(name))
  const [first, second] = lbs.map(({ id }) => id)
  await vi.waitFor(() => {
    expect(running.hosts.acceptingNodes(first ?? '')).toEqual(['fr-par-a1'])
    expect(running.hosts.acceptingNodes(second ?? '')).toEqual(['fr-par-b1'])
  }, 10_000)
  for (const id of others) running.hosts.connect(`fr-par-${id}`)
  return { running, nodes, ids: [first ?? '', second ?? ''] as const }
}

test('what has lost its backup says so, and what can be done', async () => {
  const { running, nodes, ids } = await withLbs(null)
  await using _ = running
  running.hosts.kill('fr-par-b1')
  nodes[1]?.stop()
  await vi.waitFor(async () => {
    const all = await problems(running, ids[0])
    expect(all).toContainEqual(
      expect.stringMatching(
        /^It has no backup: fr-par-b1 \(host host-of-fr-par-b1\) is lost since .+\. No other host of cluster b can be/,
      ),
    )
  }, 10_000)
  for (const id of ids) expect(running.hosts.acceptingNodes(id)).toEqual(['fr-par-a1'])
  running.hosts.connect('fr-par-b1')
  await vi.waitFor(async () => {
    expect((await problems(running, ids[0])).join()).not.toMatch(/no backup/)
  }, 10_000)
})

test('load balancers of a lost host get another backup after a while, and survive the next loss', async () => {
  const { running, nodes, ids } = await withLbs(100, 'b2')
  await using _ = running
  running.hosts.kill('fr-par-b1')
  nodes[1]?.stop()
  await vi.waitFor(async () => {
    const { body } = await running.controlPlane.call('GET', '/fairlead/v1/regions/fr-par/placement')
    const [first, second] = body.pairs
    expect([first.lbs, second.lbs]).toEqual([0, 2])
  }, 10_000)
  await vi.waitFor(async () => {
    for (const id of ids) expect((await history(running, id))[0]?.verb).toBe('move')
  }, 10_000)
  expect((await history(running, ids[0]))[0]).toMatchObject({
    actor: { kind: 'system', name: 'placement' },
    after: { nodes: ['fr-par-a1', 'fr-par-b2'], gap_ms: 0 },
  })
  for (const id of ids) expect(running.hosts.acceptingNodes(id)).toEqual(['fr-par-a1'])
  running.hosts.kill('fr-par-a1')
  for (const id of ids) expect(running.hosts.acceptingNodes(id)).toEqual(['fr-par-b2'])
  // The first host returns with what it had, and finds no peer. It is told where the load balancers are.
  running.hosts.connect('fr-par-b1')
  await vi.waitFor(() => {
    for (const id of ids) expect(running.hosts.acceptingNodes(id)).toEqual(['fr-par-b2'])
  }, 10_000)
})

test('a host that took over from one without power does not stand down', async () => {
  const { running, ids } = await withLbs(null)
  await using _ = running
  running.hosts.cutPower('fr-par-a1')
  for (const id of ids) expect(running.hosts.acceptingNodes(id)).toEqual(['fr-par-b1'])
  const pings = () => running.hosts.orders.filter(({ order }) => order.type === 'ping').length
  // It is asked again and again whether it owns its carriers, until the control plane sees that it is away.
  await vi.waitFor(() => expect(pings()).toBeGreaterThan(4), 10_000)
  running.hosts.disconnect('fr-par-a1')
  expect(running.hosts.orders.filter(({ order }) => order.type === 'stand_down')).toEqual([])
  for (const id of ids) expect(running.hosts.acceptingNodes(id)).toEqual(['fr-par-b1'])
})

test('a backup that is lost while it is prepared is replaced too', async () => {
  const { running, nodes, ids } = await withLbs(100, 'b2', 'b3')
  await using _ = running
  const [, b1, b2] = nodes
  // It applies nothing.
  b2?.stop()
  const { call } = running.controlPlane
  const { body } = await call('POST', '/fairlead/v1/regions/fr-par/placement')
  expect(body.moves.map(({ phase }: { phase: string }) => phase)).toContain('preparing')
  running.hosts.kill('fr-par-b2')
  running.hosts.kill('fr-par-b1')
  b1?.stop()
  await vi.waitFor(async () => {
    for (const id of ids) {
      const [entry] = await history(running, id)
      expect(entry).toMatchObject({ after: { nodes: ['fr-par-a1', 'fr-par-b3'] } })
    }
  }, 10_000)
})

test('of hosts apart one stands down, and it is said until they hear each other', async () => {
  const { running, ids } = await withLbs(null)
  await using _ = running
  const started = performance.now()
  running.hosts.setApart(true)
  for (const id of ids) expect(running.hosts.acceptingNodes(id)).toHaveLength(2)
  const [lb_id = ''] = ids
  const failover = { id: 'f1', lb_id, at: new Date().toISOString(), from: 'a', to: 'b' } as const
  const failovers = [{ ...failover, reason: 'host_lost' as const, gap_ms: 148 }]
  await running.controlPlane.onSupervisor({ type: 'failed_over', failovers })
  await vi.waitFor(async () => {
    for (const id of ids) expect((await history(running, id))[0]?.verb).toBe('split_brain')
  }, 10_000)
  // The former owner answered all along.
  expect((await history(running, lb_id))[1]?.failover).toMatchObject({
    id: 'f1',
    reason: 'adverts_lost',
    gap_ms: 0,
  })
  expect(performance.now() - started).toBeLessThan(3000)
  await vi.waitFor(() => {
    expect(running.hosts.acceptingNodes(ids[0])).toEqual(['fr-par-a1'])
    expect(running.hosts.acceptingNodes(ids[1])).toEqual(['fr-par-b1'])
  }, 10_000)
  expect(await problems(running, ids[0])).toContainEqual(
    expect.stringMatching(/don't reach each other, and fr-par-b1 .+ stands down/),
  )
  const orders = (type: string) =>
    running.hosts.orders
      .filter(({ order }) => order.type === type)
      .map(({ host, order }) => [host, 'carrier' in order && order.carrier])
  expect(orders('stand_down')).toEqual([
    ['fr-par-b1', 'a'],
    ['fr-par-a1', 'b'],
  ])
  // The other ones have announced their addresses before.
  expect(orders('reclaim_carrier')).toEqual([
    ['fr-par-a1', 'a'],
    ['fr-par-b1', 'b'],
  ])
  // It is repeated while they are apart.
  await vi.waitFor(() => {
    const all = running.hosts.orders.filter(({ order }) => order.type === 'stand_down')
    expect(all.length).toBeGreaterThanOrEqual(4)
  }, 5000)
  running.hosts.setApart(false)
  await vi.waitFor(async () => {
    expect((await problems(running, ids[0])).join()).not.toMatch(/reach each other/)
  }, 10_000)
  for (const id of ids) expect(running.hosts.acceptingNodes(id)).toHaveLength(1)
})

import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import type { Cluster } from '#lib/core/locality.ts'
import type { NodeOutage } from '#lib/core/node.ts'
import { follow } from '#lib/testing/control-plane/follow-stream.ts'
import { nodeNamed } from '#lib/testing/control-plane/node-records.ts'
import type { RunningControlPlane } from '#lib/testing/control-plane/running-control-plane.ts'
import { runWithHosts } from '#lib/testing/control-plane/running-hosts.ts'
import type { FailoverRow } from '../../store/tables.ts'

const NODE = 'fr-par-a1'

/** Connects the node and loses it. @returns its outage */
async function lose(controlPlane: RunningControlPlane): Promise<NodeOutage> {
  {
    using _stream = await follow(controlPlane, NODE)
    expect((await nodeNamed(controlPlane, NODE))?.outage).toBeNull()
  }
  const outage = async () => (await nodeNamed(controlPlane, NODE))?.outage ?? null
  await expect.poll(outage).not.toBeNull()
  return (await outage()) as NodeOutage
}

async function addFailover(
  { database }: RunningControlPlane,
  {
    from,
    ...failover
  }: Pick<FailoverRow, 'lb_id' | 'reason' | 'gap_ms' | 'at'> & { from: Cluster },
): Promise<void> {
  const clusters = { from_cluster: from, to_cluster: from === 'a' ? 'b' : 'a' } as const
  const row = { id: randomUUID(), ...clusters, ...failover }
  await database.insertInto('failovers').values(row).execute()
}

test('a lost node has the load balancers on it, and how long clients waited', async () => {
  await using running = await runWithHosts('a1', 'b1')
  const { controlPlane, createLb } = running
  const [one, other] = [await createLb('one'), await createLb('other')]
  const first = await lose(controlPlane)
  expect(first).toMatchObject({ lbs: 2, failovers: 0, longest_gap_ms: null })
  const at = first.since
  const lost = { from: 'a', reason: 'host_lost', at } as const
  await addFailover(controlPlane, { ...lost, lb_id: one.id, gap_ms: 120.5 })
  await addFailover(controlPlane, { ...lost, lb_id: other.id, gap_ms: 181 })
  // These have other causes.
  await addFailover(controlPlane, { ...lost, lb_id: one.id, gap_ms: 900, reason: 'ended' })
  await addFailover(controlPlane, { ...lost, lb_id: one.id, gap_ms: 900, from: 'b' })
  await addFailover(controlPlane, {
    ...lost,
    lb_id: one.id,
    gap_ms: 900,
    at: '2020-01-01T10:00:00.000Z',
  })
  const { outage } = (await nodeNamed(controlPlane, NODE)) ?? {}
  expect(outage).toMatchObject({ lbs: 2, failovers: 2, longest_gap_ms: 181 })
})

test('a node that has never been connected is not lost', async () => {
  await using running = await runWithHosts('a1', 'b1')
  expect((await nodeNamed(running.controlPlane, NODE))?.outage).toBeNull()
})

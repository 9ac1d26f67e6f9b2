import { afterAll, beforeAll, expect, test } from 'vitest'
import { HOST_LINK_PATH } from '#lib/protocol/host-link.ts'
import { configPath, reportPath } from '#lib/protocol/stream.ts'
import { joinNode, runJoinableControlPlane } from '#lib/testing/control-plane/joined-node.ts'
import { nodeNamed } from '#lib/testing/control-plane/node-records.ts'
import { lbReport, NO_COUNTS } from '#lib/testing/control-plane/reports.ts'
import type { RunningControlPlane } from '#lib/testing/control-plane/running-control-plane.ts'
import { followRequest } from '#lib/testing/control-plane/test-nodes.ts'

const LBS = '/lb/v1/regions/fr-par/lbs'
/** Traffic is counted in slots of 5 s. */
const COUNTED_MS = 15_000

let controlPlane: RunningControlPlane
let node: Awaited<ReturnType<typeof joinNode>>
/** Load balancers of the control plane's own machine, and of the node. */
let other: string
let own: string
let link: Awaited<ReturnType<typeof node.follow>>
beforeAll(async () => {
  controlPlane = await runJoinableControlPlane()
  const create = async (name: string) => (await controlPlane.call('POST', LBS, { name })).body.id
  other = await create('other')
  const b = { name: 'lb-b', cluster: 'b' as const }
  node = await joinNode(controlPlane, { name: 'lb-a' }, { address: '10.0.3.1' })
  await joinNode(controlPlane, b, { address: '10.0.3.2' })
  // New load balancers go to hosts that are connected.
  link = await node.follow(HOST_LINK_PATH, { host: 'lb-a', version: '1.0.0' })
  await link.next()
  own = await create('own')
})
afterAll(async () => {
  link.close()
  await controlPlane.stop()
})

test('a node counts no traffic of load balancers that it does not have', async () => {
  using stream = await node.follow(configPath(1), followRequest())
  await stream.next()
  for (const connections_total of [0, 7]) {
    const counters = { ...NO_COUNTS, connections_total }
    const lbs = [own, other].map((lb_id) => lbReport({ lb_id, counters }))
    expect((await node.post(reportPath(1), { lbs })).status).toBe(204)
  }
  const counted = async (id: string): Promise<number> => {
    const { body } = await controlPlane.call('GET', `/fairlead/v1/lbs/${id}/traffic`)
    return body.connections.reduce((sum: number, one: number | null) => sum + (one ?? 0), 0)
  }
  await expect.poll(() => counted(own), { timeout: COUNTED_MS }).toBe(7)
  expect(await counted(other)).toBe(0)
})

test('a node has nothing of others in quarantine', async () => {
  const quarantine = { generation: 1, since: '2026-07-21T10:18:00Z', cause: 'crashed_applying' }
  const quarantined = [own, other].map((lb_id) => ({ lb_id, ...quarantine }))
  await node.post(reportPath(1), { lbs: [], quarantined })
  const shown = (await nodeNamed(controlPlane, 'lb-a'))?.quarantined
  expect(shown?.map(({ lb_id }) => lb_id)).toEqual([own])
})

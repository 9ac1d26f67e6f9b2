import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Change, ChangeList } from '#lib/core/change.ts'
import type { Lb } from '#lib/core/lb.ts'
import type { NodeList } from '#lib/core/node.ts'
import { ownAddresses, ownNetwork } from '../../lib/testing/loopback.ts'
import { waitFor } from '../../lib/testing/wait.ts'
import { Api, backendOf } from '../support/api.ts'
import { type Installation, startInstallation } from '../support/installation.ts'

const REGION = '/lb/v1/regions/fr-par'

let installation: Installation
let api: Api
let lb: Lb

beforeAll(async () => {
  const pools = `fr-par=${ownNetwork()}.0/24,nl-ams=${ownNetwork()}.0/24`
  installation = await startInstallation({ env: { FAIRLEAD_IP_POOLS: pools } })
  api = new Api(installation)
  lb = await api.ok<Lb>('POST', `${REGION}/lbs`, {
    name: 'shop',
    backends: [backendOf(ownAddresses(1), 8185)],
    frontends: [{ name: 'http', inbound_port: 8000, backend: 'web' }],
  })
  await api.waitForApplied(lb.id)
})
afterAll(() => installation?.remove())

/** Names the load balancer, and waits until that is in effect. */
async function rename(name: string): Promise<void> {
  await api.ok('PUT', `${REGION}/lbs/${lb.id}`, { name })
  await api.waitForApplied(lb.id)
}

async function history(): Promise<Change[]> {
  return (await api.ok<ChangeList>('GET', `/fairlead/v1/lbs/${lb.id}/changes`)).changes
}

test('a killed node is an entry of the history between two edits', async () => {
  const active = await waitFor('an instance is active', async () =>
    (await api.observed(lb.id)).instances.find((instance) => instance.active),
  )
  await rename('first')
  process.kill(installation.process(`fairlead node ${active.node}`).pid, 'SIGKILL')
  const [entry] = await waitFor('the failover is recorded', async () => {
    const changes = await history()
    return changes[0]?.verb === 'failover' && changes
  })
  await rename('second')
  expect((await history()).slice(0, 3).map(({ verb, after }) => [verb, after])).toEqual([
    ['update', expect.objectContaining({ name: 'second' })],
    ['failover', expect.objectContaining({ active_node: entry?.failover?.to_node })],
    ['update', expect.objectContaining({ name: 'first' })],
  ])
  const { instances, last_failover } = await api.observed(lb.id)
  const successor = instances.find((instance) => instance.active)
  expect(entry).toMatchObject({
    generation: null,
    actor: { kind: 'system' },
    failover: {
      id: last_failover?.id,
      from_node: active.node,
      to_node: successor?.node,
      reason: 'ended',
      gap_ms: last_failover?.gap_ms,
    },
  })
  expect(successor?.failover_id).toBe(last_failover?.id)
})

test('the killed node returns with its own credential', async () => {
  const states = async () => {
    const { nodes } = await api.ok<NodeList>('GET', '/fairlead/v1/nodes')
    return nodes.map(({ connected, state }) => ({ connected, state }))
  }
  const joined = { connected: true, state: 'joined' }
  await expect.poll(states).toEqual([joined, joined])
})

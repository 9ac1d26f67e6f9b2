import { beforeEach, expect, test } from 'vitest'
import type { Cluster } from '#lib/core/locality.ts'
import { recordedWorker } from '#lib/testing/supervisor/recorded-worker.ts'
import type { SimulatedHosts } from '#lib/testing/supervisor/simulated-network.ts'
import { claim, handOver, LB, VrrpHost, vrrpHosts } from '#lib/testing/supervisor/vrrp-host.ts'

let directory: string
let hosts: SimulatedHosts
let a: VrrpHost
let b: VrrpHost
beforeEach(() => {
  ;({ directory, hosts, a, b } = vrrpHosts())
})

const orders = (lbId = LB) => [a.order(lbId), b.order(lbId)]

test('the preferred host is active, and the other stands by', () => {
  b.start(claim())
  expect(orders()).toEqual([null, 'activate'])
  hosts.b.setHealth(false)
  a.start(claim())
  hosts.b.setHealth(true)
  expect(orders()).toEqual(['activate', 'stand_by'])
  expect([a.ownership.ownerOf(LB), b.ownership.ownerOf(LB)]).toEqual(['fr-par-a', null])
})

test('a host whose node is not ready owns nothing', () => {
  a.ownership.claim(a.worker, claim())
  b.start(claim())
  expect(orders()).toEqual(['stand_by', 'activate'])
  expect(a.takeovers).toEqual([])
})

test('a takeover is reported with the silence before it, when the node accepts', () => {
  a.start(claim(), claim({ carrier: 'b' }, 'lb-2', '10.9.0.2'))
  b.start(claim(), claim({ carrier: 'b' }, 'lb-2', '10.9.0.2'))
  hosts.kill('a')
  b.now += 12
  b.ownership.accepting(b.worker, LB)
  expect(b.takeovers).toEqual([
    {
      id: b.worker.activation(LB)?.failover_id,
      lb_id: LB,
      at: b.worker.activation(LB)?.since,
      from: 'a',
      to: 'b',
      reason: 'host_lost',
      gap_ms: 142,
    },
  ])
  b.ownership.accepting(b.worker, LB)
  expect(b.takeovers).toHaveLength(1)
})

test('a node that ends gives the carriers to the other host, and takes none back', () => {
  a.start(claim())
  b.start(claim())
  expect(orders()).toEqual(['activate', 'stand_by'])
  a.ownership.ended(a.worker)
  expect(b.order()).toBe('activate')
  b.ownership.accepting(b.worker, LB)
  expect(b.takeovers).toMatchObject([{ reason: 'ended', gap_ms: 20 }])
  a.worker = recordedWorker('fr-par-a')
  a.start(claim())
  expect(orders()).toEqual(['stand_by', 'activate'])
  expect(a.takeovers).toEqual([])
})

test('addresses reach the network once for all claims, and go with their load balancer', async () => {
  a.start(claim(), claim({ carrier: 'b' }, 'lb-2', '10.9.0.2'), claim(null, 'lb-3', '10.9.0.3'))
  const carried = (address: string, carrier: Cluster) => ({
    address,
    carrier: { pair: 3, carrier },
  })
  const set = () => new Promise(setImmediate)
  await set()
  expect(hosts.a.addresses).toEqual([
    carried('10.9.0.1', 'a'),
    carried('10.9.0.2', 'b'),
    { address: '10.9.0.3', carrier: null },
  ])
  expect(a.order('lb-3')).toBe('activate')
  for (const lbId of [LB, 'lb-2']) a.ownership.release(a.worker, lbId)
  await set()
  expect(hosts.a.addresses).toEqual([{ address: '10.9.0.3', carrier: null }])
  expect([...hosts.a.pairs]).toEqual([])
})

test('a switchover: the arriving host accepts before the other stands by', async () => {
  a.start(claim(), claim({ carrier: 'b' }, 'lb-2', '10.9.0.2'))
  b.start(claim(), claim({ carrier: 'b' }, 'lb-2', '10.9.0.2'))
  hosts.a.setHealth(true)
  await b.ownership.yieldCarrier({ pair: 3, carrier: 'a' })
  expect([orders(), orders('lb-2')]).toEqual([
    ['activate', 'stand_by'],
    ['activate', 'stand_by'],
  ])
  await a.ownership.yieldCarrier({ pair: 3, carrier: 'b' })
  expect(orders('lb-2')).toEqual(['stand_by', 'activate'])
  const arriving = b.ownership.handOver(handOver('arriving', 'b'))
  await new Promise(setImmediate)
  expect(orders()).toEqual(['activate', 'activate'])
  b.now += 3
  b.ownership.accepting(b.worker, LB)
  expect(await arriving).toMatchObject({
    failovers: [{ lb_id: LB, from: 'a', to: 'b', reason: 'planned', gap_ms: 3 }],
    problem: null,
  })
  expect(await a.ownership.handOver(handOver('leaving', 'b'))).toEqual({
    failovers: [],
    problem: null,
  })
  expect(orders()).toEqual(['stand_by', 'activate'])
  const [moved] = hosts.b.handedOver
  expect(moved).toEqual({
    side: 'arriving',
    peer: '10.0.0.1',
    pair: 3,
    carrier: 'b',
    addresses: ['10.9.0.1'],
  })
  // The next claim may be of a configuration from before the switchover.
  a.ownership.claim(a.worker, claim())
  b.ownership.claim(b.worker, claim())
  expect([a.ownership.ownerOf(LB), b.ownership.ownerOf(LB)]).toEqual([null, 'fr-par-b'])
})

test('a host that does not own the carrier refuses to get addresses on it', async () => {
  a.start(claim())
  b.start(claim())
  hosts.b.setHealth(false)
  const { failovers, problem } = await b.ownership.handOver(handOver('arriving', 'b'))
  expect([failovers, problem]).toEqual([[], "This host doesn't own carrier b of pair 3."])
  expect(hosts.b.handedOver).toEqual([])
  // Nothing of it is on disk either.
  const again = new VrrpHost('b', hosts, directory)
  again.start(claim())
  await new Promise(setImmediate)
  expect(hosts.b.addresses).toMatchObject([{ carrier: { carrier: 'a' } }])
})

test('what a switchover moved stays there when the supervisor starts again', async () => {
  a.start(claim())
  b.start(claim())
  await b.ownership.handOver(handOver('relabel', 'b', 4))
  const again = new VrrpHost('b', hosts, directory)
  again.start(claim({ epoch: 3 }))
  await new Promise(setImmediate)
  expect(hosts.b.addresses).toMatchObject([{ carrier: { carrier: 'b' } }])
  again.ownership.claim(again.worker, claim({ epoch: 5 }))
  await new Promise(setImmediate)
  expect(hosts.b.addresses).toMatchObject([{ carrier: { carrier: 'a' } }])
})

test('an order that is older than one in progress changes nothing', async () => {
  b.start(claim())
  const newer = b.ownership.handOver(handOver('relabel', 'b', 4))
  const older = await b.ownership.handOver(handOver('relabel', 'a', 2))
  expect(older).toEqual({ failovers: [], problem: null })
  await newer
  expect(hosts.b.handedOver.map(({ carrier }) => carrier)).toEqual(['b'])
})

test('a supervisor that adopts a node sends it the ownership changes since the previous one', () => {
  a.start(claim())
  b.start(claim())
  const again = new VrrpHost('a', hosts, directory)
  again.ownership.beginAdoption()
  again.ownership.claim(again.worker, claim())
  again.ownership.adoptOwner(again.worker, { lb_id: LB, since: '2026-01-01T00:00:00.000Z' })
  again.ownership.endAdoption()
  hosts.a.onCarrier({ pair: 3, carrier: 'a', state: 'owner', silenceMs: null, loss: null })
  expect(again.worker.activation(LB)).toMatchObject({ since: '2026-01-01T00:00:00.000Z' })
  const loss = { how: 'given_up', answeredMs: 0 } as const
  hosts.a.onCarrier({ pair: 3, carrier: 'a', state: 'backup', silenceMs: null, loss })
  expect(again.order()).toBe('stand_by')
})

test('the report shows both carriers of each pair, and what keeps the host from owning them', () => {
  a.start(claim())
  hosts.a.onPeer({ pair: 3, isHeard: true })
  hosts.a.onProblem('nft is not installed.')
  expect(a.ownership.carriers()).toEqual({
    type: 'carriers',
    pairs: [{ pair: 3, a: 'owner', b: 'owner', hears_peer: true }],
    problem: 'nft is not installed.',
  })
})

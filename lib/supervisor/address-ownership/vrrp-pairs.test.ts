import { beforeEach, expect, test, vi } from 'vitest'
import { LOCAL_PAIR_NUMBER } from '#lib/protocol/pair.ts'
import type { SimulatedHosts } from '#lib/testing/supervisor/simulated-network.ts'
import {
  claim,
  handOver,
  LB,
  PAIR,
  type VrrpHost,
  vrrpHosts,
} from '#lib/testing/supervisor/vrrp-host.ts'

let hosts: SimulatedHosts
let a: VrrpHost
let b: VrrpHost
beforeEach(() => {
  ;({ hosts, a, b } = vrrpHosts())
})

test('pairs run from when they are announced until they are not any more, and nothing is on them', () => {
  a.ownership.setPairs('fr-par-a', [PAIR])
  b.ownership.setPairs('fr-par-b', [PAIR])
  a.start()
  b.start()
  const states = [a, b].map(({ ownership }) => ownership.carriers().pairs)
  expect(states).toMatchObject([[{ pair: 3, a: 'owner' }], [{ pair: 3, a: 'backup' }]])
  a.start(claim())
  a.ownership.release(a.worker, LB)
  expect([...hosts.a.pairs.keys()]).toEqual([3])
  a.ownership.setPairs('fr-par-a', [])
  expect([...hosts.a.pairs.keys()]).toEqual([])
})

const ELSEWHERE = {
  number: 9,
  a: { node: 'fr-par-a9', address: '10.0.0.9' },
  b: { node: 'fr-par-b9', address: '10.0.0.10' },
}

test('a host has load balancers of a pair of other hosts, and owns none of them', async () => {
  a.start(claim({ pair: ELSEWHERE }))
  await new Promise(setImmediate)
  expect([a.order(), a.ownership.ownerOf(LB), [...hosts.a.pairs]]).toEqual(['stand_by', null, []])
  expect(hosts.a.addresses).toEqual([{ address: '10.9.0.1', carrier: { pair: 9, carrier: 'a' } }])
})

test('an address that this host has alone is put on a carrier, or leaves to other hosts', async () => {
  a.ownership.setPairs('fr-par-a', [PAIR])
  a.start(claim(null), claim(null, 'lb-2', '10.9.0.2'))
  expect(await a.ownership.handOver(handOver('relabel', 'a'))).toMatchObject({ problem: null })
  a.ownership.claim(a.worker, claim({ epoch: 1 }))
  expect([a.order(), a.ownership.ownerOf(LB)]).toEqual(['activate', 'fr-par-a'])
  const lbs = [{ lb_id: 'lb-2', carriage: { pair: ELSEWHERE, carrier: 'b' as const, epoch: 1 } }]
  await a.ownership.handOver({ ...handOver('leaving', 'b'), lbs })
  a.ownership.claim(
    a.worker,
    claim({ pair: ELSEWHERE, carrier: 'b', epoch: 1 }, 'lb-2', '10.9.0.2'),
  )
  expect([a.order('lb-2'), a.ownership.ownerOf('lb-2')]).toEqual(['stand_by', null])
  expect(hosts.a.handedOver.map(({ side, pair }) => [side, pair])).toEqual([
    ['relabel', 3],
    ['leaving', 9],
  ])
})

test('a label of a load balancer that the node does not have yet counts when it claims it', async () => {
  await b.ownership.handOver(handOver('relabel', 'b', 4))
  await b.ownership.handOver(handOver('relabel', 'a', 3))
  b.start(claim({ epoch: 2 }))
  await new Promise(setImmediate)
  expect(hosts.b.addresses).toMatchObject([{ carrier: { carrier: 'b' } }])
})

const LOCAL = { ...PAIR, number: LOCAL_PAIR_NUMBER }

test('an address comes back to a host that has it alone, and no other host takes it', async () => {
  a.start(claim({ pair: ELSEWHERE }))
  b.start(claim({ pair: ELSEWHERE }))
  const lbs = [{ lb_id: LB, carriage: { pair: LOCAL, carrier: 'a' as const, epoch: 2 } }]
  const arriving = a.ownership.handOver({ ...handOver('arriving', 'a'), lbs }, 'fr-par-a')
  await vi.waitFor(() => expect(a.order()).toBe('activate'))
  a.now += 7
  a.ownership.accepting(a.worker, LB)
  expect(await arriving).toMatchObject({
    failovers: [{ lb_id: LB, to: 'a', reason: 'planned', gap_ms: 7 }],
    problem: null,
  })
  const elsewhere = { ...LOCAL, a: ELSEWHERE.a, b: ELSEWHERE.b }
  const left = [{ lb_id: LB, carriage: { pair: elsewhere, carrier: 'a' as const, epoch: 2 } }]
  await b.ownership.handOver({ ...handOver('leaving', 'a'), lbs: left }, 'fr-par-b')
  await new Promise(setImmediate)
  expect([b.order(), b.ownership.ownerOf(LB)]).toEqual(['stand_by', null])
  expect(hosts.a.addresses).toEqual([{ address: '10.9.0.1', carrier: null }])
  expect(hosts.b.addresses).toMatchObject([{ carrier: { pair: LOCAL_PAIR_NUMBER } }])
  // The node has the configuration from before.
  a.ownership.claim(a.worker, claim({ pair: ELSEWHERE, epoch: 1 }))
  await new Promise(setImmediate)
  expect([a.order(), hosts.a.addresses[0]?.carrier]).toEqual(['activate', null])
  // Then another host is about to announce it.
  await a.ownership.handOver({ ...handOver('relabel', 'a'), lbs }, 'fr-par-a')
  expect([a.order(), a.ownership.ownerOf(LB)]).toEqual(['activate', 'fr-par-a'])
  expect(hosts.a.handedOver.map(({ side, pair }) => [side, pair])).toEqual([
    ['arriving', null],
    ['relabel', null],
  ])
})

test('an address that no node of this host has does not arrive', async () => {
  const lbs = [{ lb_id: LB, carriage: { pair: LOCAL, carrier: 'a' as const, epoch: 2 } }]
  expect(await a.ownership.handOver({ ...handOver('arriving', 'a'), lbs }, 'fr-par-a')).toEqual({
    failovers: [],
    problem: '1 load balancers are not on this host.',
  })
})

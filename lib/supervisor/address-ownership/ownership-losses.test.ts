import { beforeEach, expect, test } from 'vitest'
import type { LostLb } from '#lib/protocol/host-link.ts'
import { recordedWorker } from '#lib/testing/supervisor/recorded-worker.ts'
import type { SimulatedHosts } from '#lib/testing/supervisor/simulated-network.ts'
import { claim, LB, type VrrpHost, vrrpHosts } from '#lib/testing/supervisor/vrrp-host.ts'

let hosts: SimulatedHosts
let a: VrrpHost
let b: VrrpHost
let lost: LostLb[]
beforeEach(() => {
  ;({ hosts, a, b } = vrrpHosts())
  lost = []
  a.ownership.onLost = (lbs) => lost.push(...lbs)
  a.start(claim(), claim({ carrier: 'b' }, 'lb-2', '10.9.0.2'))
})

const CARRIER_A = { pair: 3, carrier: 'a', silenceMs: null } as const

test('a host whose node hung reports since when, from its last advert', () => {
  b.start(claim())
  a.ownership.ended(a.worker, { reason: 'hung', at: a.now - 430 })
  const [at, since] = [expect.any(String), expect.any(String)]
  const of = (lb_id: string) => ({ lb_id, from: 'a', at, since, reason: 'hung' })
  const [of1, of2] = [LB, 'lb-2'].map(of)
  expect(lost).toEqual([
    { ...of1, answered_ms: -430 },
    { ...of2, answered_ms: -430 },
  ])
})

test('a node that stops as it should is not reported', () => {
  b.start(claim())
  a.ownership.ended(a.worker)
  a.ownership.ended(a.worker, { reason: 'ended', at: a.now })
  expect([lost, a.ownership.ownerOf(LB), b.ownership.ownerOf(LB)]).toEqual([[], null, 'fr-par-b'])
})

test.each([
  ['adverts_stopped', 115, 'adverts_lost'],
  ['given_up', 0, 'adverts_lost'],
  ['outranked', null, 'preempted'],
] as const)(
  '%s: the reason, and how long the host went on answering',
  (how, answeredMs, reason) => {
    hosts.a.onCarrier({ ...CARRIER_A, state: 'backup', loss: { how, answeredMs } })
    expect(lost).toMatchObject([{ lb_id: LB, reason, answered_ms: answeredMs }])
  },
)

test('a node that is back before another host took over reports the whole interruption', () => {
  a.ownership.ended(a.worker, { reason: 'hung', at: a.now - 430 })
  a.now += 900
  a.worker = recordedWorker('fr-par-a')
  a.start(claim())
  a.now += 5
  a.ownership.accepting(a.worker, LB)
  expect(a.takeovers).toMatchObject([{ from: 'a', to: 'a', reason: 'hung', gap_ms: 1335 }])
  a.ownership.accepting(a.worker, LB)
  expect(a.takeovers).toHaveLength(1)
})

test('a takeover of what another host owned meanwhile is none of its own', () => {
  b.start(claim())
  a.ownership.ended(a.worker, { reason: 'ended', at: a.now })
  a.now += 1000
  a.worker = recordedWorker('fr-par-a')
  a.start(claim())
  b.ownership.ended(b.worker, { reason: 'ended', at: b.now })
  a.ownership.accepting(a.worker, LB)
  expect(a.takeovers).toMatchObject([{ from: 'b', to: 'a', gap_ms: 20 }])
})

import fc from 'fast-check'
import { afterEach, describe, expect, test, vi } from 'vitest'
import type { HostOrder } from '#lib/protocol/host-link.ts'
import { iterations } from '#lib/testing/control-plane/store-fixtures.ts'
import { NODE_A, NODE_B, SwitchedPair } from '#lib/testing/control-plane/switched-pair.ts'
import type { TestHosts } from '#lib/testing/control-plane/test-hosts.ts'
import { Authority } from '../authority/authority.ts'

let setup: SwitchedPair
afterEach(() => setup.stop())

describe('a switchover', () => {
  test('arrives at the new host before it leaves the old one, with a higher epoch in the database', async () => {
    setup = await SwitchedPair.make(['lb-1', 'lb-2'])
    const before = setup.row('lb-1')
    const from = setup.hosts.orders.length
    const written: unknown[] = []
    setup.hosts.intercept = (_host, order) => {
      if (order.type === 'hand_over') written.push(setup.row('lb-1').carrier_epoch)
      return true
    }
    const result = await setup.switchOver('lb-1')
    expect(result).toMatchObject({ lbId: 'lb-1', failover: { from: 'a', to: 'b', gap_ms: 2.5 } })
    expect(setup.sides(from)).toEqual(['b arriving', 'a leaving'])
    const { carrier_epoch: epoch, carrier } = setup.row('lb-1')
    expect(epoch).toBeGreaterThan(before.carrier_epoch)
    expect([carrier, written]).toEqual(['b', [epoch, epoch]])
    expect(setup.hosts.acceptingNodes('lb-1')).toEqual([NODE_B])
    const peers = setup.hosts.orders.slice(from).map(({ order }) => 'peer' in order && order.peer)
    expect(peers).toEqual(['10.99.0.11', '10.99.0.21'])
  })

  test('to a host that owns no carrier empties one of them first, and has it given up', async () => {
    setup = await SwitchedPair.make(['lb-1', 'lb-2', 'lb-3'])
    setup.hosts.kill(NODE_A)
    const returned = setup.hosts.orders.length
    setup.hosts.connect(NODE_A)
    await vi.waitFor(() => expect(setup.sides(returned)).toEqual(['a relabel']), 10_000)
    await setup.settled()
    expect(setup.hosts.acceptingNodes('lb-1')).toEqual([NODE_B])
    const from = setup.hosts.orders.length
    expect(await setup.switchOver('lb-3', 'a')).toHaveProperty('failover')
    const [first, second, ...rest] = setup.sides(from)
    expect([first, second].toSorted()).toEqual(['a relabel', 'b relabel'])
    expect(rest).toEqual(['b yield a', 'a arriving', 'b leaving'])
    const accepting = ['lb-1', 'lb-2', 'lb-3'].map((id) => setup.hosts.acceptingNodes(id))
    expect(accepting).toEqual([[NODE_B], [NODE_B], [NODE_A]])
    await setup.settled()
  })

  test('is refused in words where a host is away, and where the target has its traffic', async () => {
    setup = await SwitchedPair.make(['lb-1'])
    expect(await setup.switchOver('lb-1', 'a')).toMatchObject({
      problem: 'The instance of cluster a has its traffic.',
    })
    setup.hosts.disconnect(NODE_B)
    expect(await setup.switchOver('lb-1')).toMatchObject({
      problem: 'fr-par-b1 (host host-of-fr-par-b1) is not connected.',
    })
    expect(setup.hosts.acceptingNodes('lb-1')).toEqual([NODE_A])
  })

  test('is given back where the new host does not answer', async () => {
    setup = await SwitchedPair.make(['lb-1'])
    setup.hosts.intercept = (host, order) =>
      host === NODE_B && order.type === 'hand_over' && order.side === 'arriving' ? 'silent' : true
    expect(await setup.switchOver('lb-1')).toMatchObject({
      problem: 'fr-par-b1 (host host-of-fr-par-b1) does not answer.',
    })
    setup.hosts.intercept = () => true
    await setup.settled()
    expect(setup.hosts.acceptingNodes('lb-1')).toEqual([NODE_A])
  })

  test('of two at a time, the second one of the same load balancer is refused', async () => {
    setup = await SwitchedPair.make(['lb-1', 'lb-3'])
    const results = await Promise.all(
      ['lb-1', 'lb-1', 'lb-3'].map((lbId) => setup.switchOver(lbId)),
    )
    expect(results).toMatchObject([
      { failover: { to: 'b' } },
      { problem: 'It is changing instances already.' },
      { failover: { to: 'a' } },
    ])
    await setup.settled()
  })
})

describe('a drain', () => {
  test('of both hosts at a time, the second one says that load balancers are on their way to its host', async () => {
    setup = await SwitchedPair.make(['lb-1', 'lb-2'])
    const nodeId = (name: string) => setup.registry.find(name)?.id ?? ''
    const [first, second] = await Promise.all(
      [NODE_A, NODE_B].map((name) => setup.switchovers.drain(nodeId(name), Authority.system)),
    )
    expect(first).toMatchObject([{ lbId: 'lb-1', failover: { to: 'b' } }])
    const problem = 'It is changing instances already.'
    expect(second).toEqual(['lb-1', 'lb-2'].map((lbId) => ({ lbId, problem })))
    await setup.settled()
    const accepting = ['lb-1', 'lb-2'].map((id) => setup.hosts.acceptingNodes(id))
    expect(accepting).toEqual([[NODE_B], [NODE_B]])
  })

  test('moves load balancers in batches, and a rebalance gives them back', async () => {
    const lbIds = Array.from({ length: 1000 }, (_, at) => `lb-${at}`)
    setup = await SwitchedPair.make(lbIds)
    const from = setup.hosts.orders.length
    const moved = await setup.switchovers.drain('id-of-a1', Authority.system)
    expect(moved).toHaveLength(500)
    expect(moved.filter((one) => 'problem' in one)).toEqual([])
    const batches = Array.from({ length: 10 }, () => ['b arriving', 'a leaving'])
    expect(setup.sides(from)).toEqual(batches.flat())
    expect(lbIds.filter((id) => setup.hosts.acceptingNodes(id)[0] !== NODE_B)).toEqual([])
    const masters = new Map(lbIds.map((id, at) => [id, at % 4 === 0 ? 'a' : 'b'] as const))
    await setup.switchovers.rebalance('fr-par', masters, Authority.system)
    const onA = lbIds.filter((id) => setup.hosts.acceptingNodes(id)[0] === NODE_A)
    expect(onA).toEqual(lbIds.filter((_, at) => at % 4 === 0))
    await setup.settled()
  })
})

describe('a control plane that ends', () => {
  const isSide = (order: HostOrder, side: string) =>
    order.type === 'hand_over' && order.side === side

  test.each(['arriving', 'leaving'])('before %s completes the switchover later', async (side) => {
    setup = await SwitchedPair.make(['lb-1'])
    const reached = Promise.withResolvers<void>()
    setup.hosts.intercept = (_host, order) => {
      if (!isSide(order, side)) return true
      reached.resolve()
      return false
    }
    const cut = setup.switchOver('lb-1').catch(() => {})
    await reached.promise
    setup.hosts.intercept = () => true
    await setup.restart()
    setup.hosts.connect(NODE_A, NODE_B)
    await setup.settled()
    await cut
    expect(setup.hosts.acceptingNodes('lb-1')).toEqual([NODE_B])
  })
})

const MASTERS = new Map([
  ['lb-1', 'a'],
  ['lb-2', 'b'],
  ['lb-3', 'a'],
] as const)

const STEPS: Record<
  string,
  (one: SwitchedPair, later: (work: Promise<unknown>) => void) => unknown
> = {
  over: (one, later) => later(one.switchOver('lb-1')),
  'over another': (one, later) => later(one.switchOver('lb-2')),
  'drain a': (one, later) => later(one.switchovers.drain('id-of-a1', Authority.system)),
  'drain b': (one, later) => later(one.switchovers.drain('id-of-b1', Authority.system)),
  rebalance: (one, later) => later(one.switchovers.rebalance('fr-par', MASTERS, Authority.system)),
  restart: (one) => one.restart(),
  'kill a': (one) => one.hosts.kill(NODE_A),
  'kill b': (one) => one.hosts.kill(NODE_B),
  'disconnect a': (one) => one.hosts.disconnect(NODE_A),
  'disconnect b': (one) => one.hosts.disconnect(NODE_B),
  'connect a': (one) => one.hosts.connect(NODE_A),
  'connect b': (one) => one.hosts.connect(NODE_B),
  'lose an order': (one) => failOnce(one.hosts, false),
  'lose an answer': (one) => failOnce(one.hosts, 'silent'),
}

function failOnce(hosts: TestHosts, verdict: false | 'silent'): void {
  hosts.intercept = () => {
    hosts.intercept = () => true
    return verdict
  }
}

test('whatever fails, in the end one host accepts each load balancer, and epochs only rise', async () => {
  const steps = fc.array(fc.constantFrom(...Object.keys(STEPS)), { maxLength: 8 })
  const property = fc.asyncProperty(steps, async (names) => {
    const one = await SwitchedPair.make([...MASTERS.keys()])
    const epochs = new Map<string, number>()
    const running: Promise<unknown>[] = []
    for (const name of names) {
      await STEPS[name]?.(one, (work) => running.push(work.catch(() => {})))
      await iterations(1)
      for (const { lb_id, carrier_epoch } of one.placements.all()) {
        expect(carrier_epoch).toBeGreaterThanOrEqual(epochs.get(lb_id) ?? 0)
        epochs.set(lb_id, carrier_epoch)
      }
    }
    await Promise.all(running)
    one.hosts.intercept = () => true
    for (const name of [NODE_A, NODE_B]) one.hosts.disconnect(name)
    one.hosts.connect(NODE_A, NODE_B)
    await one.settled()
    await one.stop()
  })
  await fc.assert(property, { numRuns: 15 })
  setup = await SwitchedPair.make([])
})

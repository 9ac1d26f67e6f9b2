import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import pino from 'pino'
import { afterEach, describe, expect, test, vi } from 'vitest'
import type { HostOrder } from '#lib/protocol/host-link.ts'
import { addHostNodes, hostNode } from '#lib/testing/control-plane/host-nodes.ts'
import { iterations, lbRow } from '#lib/testing/control-plane/store-fixtures.ts'
import { TestHosts } from '#lib/testing/control-plane/test-hosts.ts'
import { Authority } from '../authority/authority.ts'
import { HostOrders } from '../nodes/hosts/host-orders.ts'
import { StoredNodeRegistry } from '../nodes/registry/stored-node-registry.ts'
import { HostSync } from '../placement/host-sync.ts'
import { Placements, SETTLED } from '../placement/placements.ts'
import { Store } from '../store/store.ts'
import { PairSwitchovers } from './pair-switchovers.ts'

const log = pino({ level: 'silent' })
const NODES = [hostNode('a1'), hostNode('b1')]
const A = 'fr-par-a1'
const B = 'fr-par-b1'
/** Answers come within iterations of the event loop. */
const TIMEOUT_MS = 100

/** A control plane, and a pair of hosts with load balancers, half of them on each carrier. */
class Setup {
  readonly hosts = new TestHosts(NODES)
  readonly #directory = mkdtempSync(join(tmpdir(), 'fairlead-switchovers-'))
  store!: Store
  placements!: Placements
  switchovers!: PairSwitchovers
  #end: () => Promise<void> = async () => {}

  static async make(lbIds: readonly string[]): Promise<Setup> {
    const setup = new Setup()
    await setup.#prepare(lbIds)
    await setup.start()
    const { hosts, placements } = setup
    hosts.connect(A, B)
    await vi.waitFor(() => {
      expect([hosts.host(A).owned, hosts.host(B).owned]).toEqual([
        new Set(['1 a']),
        new Set(['1 b']),
      ])
    })
    const rows = lbIds.map((lb_id, at) => ({
      ...{ lb_id, region: 'fr-par' as const, pair: 1, carrier_epoch: 0, ...SETTLED },
      carrier: at % 2 === 0 ? ('a' as const) : ('b' as const),
    }))
    await placements.save(rows)
    for (const row of rows) {
      const carriage = placements.carriageOf(row)
      for (const name of [A, B]) hosts.label(name, row.lb_id, carriage)
    }
    await setup.settled()
    return setup
  }

  async #prepare(lbIds: readonly string[]): Promise<void> {
    const store = await this.#open()
    await addHostNodes(store, NODES)
    await store.transaction(Authority.system, async (writer) => {
      for (const id of lbIds) await writer.insertInto('lbs').values(lbRow(id)).execute()
    })
    await store.close()
  }

  #open(): Promise<Store> {
    return Store.open(join(this.#directory, 'fairlead.db'))
  }

  /** Starts the control plane, with what is in the database. */
  async start(): Promise<void> {
    const store = await this.#open()
    const hosts = this.hosts.forProcess()
    const registry = await StoredNodeRegistry.open(store, log)
    const placements = await Placements.open(store, registry, true)
    await placements.pairs.ensure()
    const orders = new HostOrders(hosts, registry, TIMEOUT_MS)
    const isReady = () => true
    const switchovers = new PairSwitchovers({ placements, hosts, orders, isReady, log })
    const record = async () => {}
    const parts = { placements, registry, hosts, orders, switchovers, record, log }
    this.store = store
    this.placements = placements
    this.switchovers = switchovers
    const sync = new HostSync(parts)
    this.#end = async () => {
      hosts.end()
      sync.stop()
      await store.close()
    }
  }

  /** The control plane ends, with whatever it was doing, and starts again. */
  async restart(): Promise<void> {
    await this.#end()
    await this.start()
  }

  row(lbId: string) {
    const row = this.placements.get(lbId)
    if (!row) throw new Error(`${lbId} has no placement`)
    return row
  }

  switchOver = (lbId: string, to?: 'a' | 'b') => this.switchovers.switchOver(this.row(lbId), to)

  /** The orders since `from`, without those of a new link. */
  sides(from = 0): string[] {
    return this.hosts.orders.slice(from).flatMap(({ host, order }) => {
      if (order.type === 'hand_over') return `${host.at(-2)} ${order.side}`
      return order.type === 'yield_carrier' ? `${host.at(-2)} yield ${order.carrier}` : []
    })
  }

  /** Resolves when each load balancer is accepted by one host, which the database agrees with. */
  async settled(): Promise<void> {
    await vi.waitFor(() => {
      for (const row of this.placements.all()) {
        expect([row.lb_id, this.hosts.acceptingNodes(row.lb_id).length]).toEqual([row.lb_id, 1])
        expect([row.lb_id, row.handing_over]).toEqual([row.lb_id, 0])
        for (const name of [A, B]) {
          const label = this.hosts.host(name).labels.get(row.lb_id)
          expect(label).toMatchObject({ carrier: row.carrier, epoch: row.carrier_epoch })
        }
      }
    }, 5000)
  }

  async stop(): Promise<void> {
    await this.#end()
    rmSync(this.#directory, { recursive: true })
  }
}

let setup: Setup
afterEach(() => setup.stop())

describe('a switchover', () => {
  test('arrives at the new host before it leaves the old one, with a higher epoch in the database', async () => {
    setup = await Setup.make(['lb-1', 'lb-2'])
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
    expect(setup.hosts.acceptingNodes('lb-1')).toEqual([B])
    const peers = setup.hosts.orders.slice(from).map(({ order }) => 'peer' in order && order.peer)
    expect(peers).toEqual(['10.99.0.11', '10.99.0.21'])
  })

  test('to a host that owns no carrier empties one of them first, and has it given up', async () => {
    setup = await Setup.make(['lb-1', 'lb-2', 'lb-3'])
    setup.hosts.kill(A)
    const returned = setup.hosts.orders.length
    setup.hosts.connect(A)
    await vi.waitFor(() => expect(setup.sides(returned)).toEqual(['a relabel']))
    await setup.settled()
    expect(setup.hosts.acceptingNodes('lb-1')).toEqual([B])
    const from = setup.hosts.orders.length
    expect(await setup.switchOver('lb-3', 'a')).toHaveProperty('failover')
    const [first, second, ...rest] = setup.sides(from)
    expect([first, second].toSorted()).toEqual(['a relabel', 'b relabel'])
    expect(rest).toEqual(['b yield a', 'a arriving', 'b leaving'])
    const accepting = ['lb-1', 'lb-2', 'lb-3'].map((id) => setup.hosts.acceptingNodes(id))
    expect(accepting).toEqual([[B], [B], [A]])
    await setup.settled()
  })

  test('is refused in words where a host is away, and where the target has its traffic', async () => {
    setup = await Setup.make(['lb-1'])
    expect(await setup.switchOver('lb-1', 'a')).toMatchObject({
      problem: 'The instance of cluster a has its traffic.',
    })
    setup.hosts.disconnect(B)
    expect(await setup.switchOver('lb-1')).toMatchObject({
      problem: 'fr-par-b1 (host host-of-fr-par-b1) is not connected.',
    })
    expect(setup.hosts.acceptingNodes('lb-1')).toEqual([A])
  })

  test('is given back where the new host does not answer', async () => {
    setup = await Setup.make(['lb-1'])
    setup.hosts.intercept = (host, order) =>
      host === B && order.type === 'hand_over' && order.side === 'arriving' ? 'silent' : true
    expect(await setup.switchOver('lb-1')).toMatchObject({
      problem: 'fr-par-b1 (host host-of-fr-par-b1) does not answer.',
    })
    setup.hosts.intercept = () => true
    await setup.settled()
    expect(setup.hosts.acceptingNodes('lb-1')).toEqual([A])
  })

  test('of two at a time, the second one of the same load balancer is refused', async () => {
    setup = await Setup.make(['lb-1', 'lb-3'])
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
  test('moves a thousand load balancers with few orders, and a rebalance gives them back', async () => {
    const lbIds = Array.from({ length: 1000 }, (_, at) => `lb-${at}`)
    setup = await Setup.make(lbIds)
    const from = setup.hosts.orders.length
    const moved = await setup.switchovers.drain('id-of-a1')
    expect(moved).toHaveLength(500)
    expect(moved.filter((one) => 'problem' in one)).toEqual([])
    expect(setup.sides(from)).toEqual(['b arriving', 'a leaving'])
    expect(lbIds.filter((id) => setup.hosts.acceptingNodes(id)[0] !== B)).toEqual([])
    const masters = new Map(lbIds.map((id, at) => [id, at % 4 === 0 ? 'a' : 'b'] as const))
    await setup.switchovers.rebalance('fr-par', masters)
    const onA = lbIds.filter((id) => setup.hosts.acceptingNodes(id)[0] === A)
    expect(onA).toEqual(lbIds.filter((_, at) => at % 4 === 0))
    await setup.settled()
  })
})

describe('a control plane that ends', () => {
  const isSide = (order: HostOrder, side: string) =>
    order.type === 'hand_over' && order.side === side

  test.each(['arriving', 'leaving'])('before %s completes the switchover later', async (side) => {
    setup = await Setup.make(['lb-1'])
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
    setup.hosts.connect(A, B)
    await setup.settled()
    await cut
    expect(setup.hosts.acceptingNodes('lb-1')).toEqual([B])
  })
})

const MASTERS = new Map([
  ['lb-1', 'a'],
  ['lb-2', 'b'],
  ['lb-3', 'a'],
] as const)

const STEPS: Record<string, (one: Setup, later: (work: Promise<unknown>) => void) => unknown> = {
  over: (one, later) => later(one.switchOver('lb-1')),
  'over another': (one, later) => later(one.switchOver('lb-2')),
  'drain a': (one, later) => later(one.switchovers.drain('id-of-a1')),
  'drain b': (one, later) => later(one.switchovers.drain('id-of-b1')),
  rebalance: (one, later) => later(one.switchovers.rebalance('fr-par', MASTERS)),
  restart: (one) => one.restart(),
  'kill a': (one) => one.hosts.kill(A),
  'kill b': (one) => one.hosts.kill(B),
  'disconnect a': (one) => one.hosts.disconnect(A),
  'disconnect b': (one) => one.hosts.disconnect(B),
  'connect a': (one) => one.hosts.connect(A),
  'connect b': (one) => one.hosts.connect(B),
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
    const one = await Setup.make([...MASTERS.keys()])
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
    for (const name of [A, B]) one.hosts.disconnect(name)
    one.hosts.connect(A, B)
    await one.settled()
    await one.stop()
  })
  await fc.assert(property, { numRuns: 15 })
  setup = await Setup.make([])
})

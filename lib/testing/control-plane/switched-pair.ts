import pino from 'pino'
import { expect, vi } from 'vitest'
import { Authority } from '#lib/control-plane/authority/authority.ts'
import { PairSwitchovers } from '#lib/control-plane/failovers/pair-switchovers.ts'
import { SOLE } from '#lib/control-plane/locks/locks.ts'
import { HostOrders } from '#lib/control-plane/nodes/hosts/host-orders.ts'
import { StoredNodeRegistry } from '#lib/control-plane/nodes/registry/stored-node-registry.ts'
import { HostSync } from '#lib/control-plane/placement/host-sync.ts'
import { PairLocks } from '#lib/control-plane/placement/pair-locks.ts'
import { Placements, SETTLED } from '#lib/control-plane/placement/placements.ts'
import type { Store } from '#lib/control-plane/store/store.ts'
import { addHostNodes, hostNode } from './host-nodes.ts'
import { lbRow } from './store-fixtures.ts'
import { newTestDatabase, openStoreOf, type TestDatabase } from './test-database.ts'
import { TestHosts } from './test-hosts.ts'

const log = pino({ level: 'silent' })
const NODES = [hostNode('a1'), hostNode('b1')]
export const NODE_A = 'fr-par-a1'
export const NODE_B = 'fr-par-b1'
/** Answers come within iterations of the event loop. */
const TIMEOUT_MS = 100

/** A control plane, and a pair of hosts with load balancers, half of them on each carrier. */
export class SwitchedPair {
  readonly hosts = new TestHosts(NODES)
  readonly #database: TestDatabase
  store!: Store
  registry!: StoredNodeRegistry
  placements!: Placements
  switchovers!: PairSwitchovers
  sync!: HostSync
  #end: () => Promise<void> = async () => {}

  private constructor(database: TestDatabase) {
    this.#database = database
  }

  static async make(lbIds: readonly string[]): Promise<SwitchedPair> {
    const setup = new SwitchedPair(await newTestDatabase())
    await setup.#prepare(lbIds)
    await setup.start()
    const { hosts, placements } = setup
    hosts.connect(NODE_A, NODE_B)
    await vi.waitFor(() => {
      expect([hosts.host(NODE_A).owned, hosts.host(NODE_B).owned]).toEqual([
        new Set(['1 a']),
        new Set(['1 b']),
      ])
    }, 10_000)
    const rows = lbIds.map((lb_id, at) => ({
      ...{ lb_id, region: 'fr-par' as const, pair: 1, carrier_epoch: 0, ...SETTLED },
      carrier: at % 2 === 0 ? ('a' as const) : ('b' as const),
    }))
    await placements.save(rows, Authority.system)
    for (const row of rows) {
      const carriage = placements.carriageOf(row)
      for (const name of [NODE_A, NODE_B]) hosts.label(name, row.lb_id, carriage)
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
    return openStoreOf(this.#database.settings)
  }

  /** Starts the control plane, with what is in the database. @param authority of what it does by itself */
  async start(authority = Authority.system): Promise<void> {
    const store = await this.#open()
    const hosts = this.hosts.forProcess()
    const registry = await StoredNodeRegistry.open(store, log)
    const placements = await Placements.open(store, registry, true)
    await placements.pairs.ensure(Authority.system)
    const orders = new HostOrders(hosts, registry, TIMEOUT_MS)
    const isReady = () => true
    const locks = new PairLocks({ locks: SOLE, hosts, orders, refresh: async () => {} })
    const switchovers = new PairSwitchovers({ placements, hosts, orders, locks, isReady, log })
    const record = async () => {}
    const parts = { placements, registry, hosts, orders, switchovers, record, authority, log }
    this.store = store
    this.registry = registry
    this.placements = placements
    this.switchovers = switchovers
    this.sync = new HostSync(parts)
    const { sync } = this
    this.#end = async () => {
      hosts.end()
      sync.stop()
      await store.close()
    }
  }

  /** The control plane ends, with whatever it was doing, and starts again. */
  async restart(authority?: Authority): Promise<void> {
    await this.#end()
    await this.start(authority)
  }

  row(lbId: string) {
    const row = this.placements.get(lbId)
    if (!row) throw new Error(`${lbId} has no placement`)
    return row
  }

  switchOver = (lbId: string, to?: 'a' | 'b') =>
    this.switchovers.switchOver(this.row(lbId), to, Authority.system)

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
        for (const name of [NODE_A, NODE_B]) {
          const label = this.hosts.host(name).labels.get(row.lb_id)
          expect(label).toMatchObject({ carrier: row.carrier, epoch: row.carrier_epoch })
        }
      }
    }, 5000)
  }

  async stop(): Promise<void> {
    await this.#end()
    await this.#database.remove()
  }
}

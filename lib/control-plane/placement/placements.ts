import { CLUSTERS, type Cluster, type Region } from '#lib/core/locality.ts'
import type { RegisteredNode } from '#lib/core/node.ts'
import { forEachContained } from '#lib/process/faults.ts'
import { type Carriage, LOCAL_PAIR_NUMBER } from '#lib/protocol/pair.ts'
import type { Authority } from '../authority/authority.ts'
import { preconditionFailed } from '../errors.ts'
import { isJoined, type NodeRegistry } from '../nodes/registry/node-registry.ts'
import { type CachedTable, rereadRows } from '../store/caches.ts'
import type { PlacementRow } from '../store/placement-tables.ts'
import type { Writer } from '../store/reader.ts'
import type { Store } from '../store/store.ts'
import { yieldEvery } from '../yield-every.ts'
import { DrainingNodes } from './draining-nodes.ts'
import { MasterCounts } from './master-counts.ts'
import { Pairs, type StoredPair } from './pairs.ts'
import { hasPair, isOnSameNodes, readPlacements, writePlacement } from './placement-rows.ts'

/** A placement without a move. */
export const SETTLED = {
  handing_over: 0,
  phase: null,
  next_pair: null,
  former_pair: null,
  former_owner: null,
  phase_since: null,
  requested_by: null,
} as const

type Parts = { store: Store; registry: NodeRegistry; hasLocalNodes: boolean }
type Listener = (lbIds: readonly string[]) => void

/**
 * On which nodes each load balancer is, in the table `placements` and in memory. A load balancer without a row is on the local nodes:
 * those of the control plane's own machine.
 */
export class Placements {
  readonly pairs: Pairs
  /** Whether the control plane's own machine runs nodes. */
  readonly hasLocalNodes: boolean
  readonly masters: MasterCounts
  readonly #store: Store
  readonly #registry: NodeRegistry
  readonly #rows: Map<string, PlacementRow>
  readonly #draining: DrainingNodes
  readonly #listeners = new Set<Listener>()
  readonly #forgetListeners = new Set<Listener>()
  #updating: Promise<unknown> = Promise.resolve()

  private constructor(
    { store, registry, hasLocalNodes }: Parts,
    pairs: Pairs,
    rows: Map<string, PlacementRow>,
    draining: DrainingNodes,
  ) {
    this.pairs = pairs
    this.hasLocalNodes = hasLocalNodes
    this.#store = store
    this.masters = new MasterCounts(store.isShared)
    this.#registry = registry
    this.#rows = rows
    this.#draining = draining
  }

  static async open(
    store: Store,
    registry: NodeRegistry,
    hasLocalNodes: boolean,
  ): Promise<Placements> {
    const pairs = await Pairs.open(store, registry)
    const rows = await readPlacements(store.reader, null)
    const draining = await DrainingNodes.open(store.reader)
    return new Placements({ store, registry, hasLocalNodes }, pairs, rows, draining)
  }

  /** What follows the changes of other processes. */
  get caches(): readonly CachedTable[] {
    return [this.pairs.cache, this.#cache, this.#draining.cache]
  }

  readonly #cache: CachedTable = {
    table: 'placements',
    reread: (reader, keys) =>
      rereadRows(keys, this.#rows, (ids) => readPlacements(reader, ids), this.#replace),
    written: () => {},
  }

  readonly #replace = (rows: ReadonlyMap<string, PlacementRow | null>): void => {
    const deleted = [...rows.keys()].filter((lbId) => !rows.get(lbId))
    for (const lbId of deleted) this.forget(lbId)
    this.note([...rows.values()].filter((row) => row !== null))
    if (deleted.length === 0) return
    forEachContained('configuration', this.#forgetListeners, (listener) => listener(deleted))
  }

  /** Null if the load balancer is on the local nodes and has never left them. */
  get(lbId: string): PlacementRow | null {
    return this.#rows.get(lbId) ?? null
  }

  all(): Iterable<PlacementRow> {
    return this.#rows.values()
  }

  onPair({ region, number }: StoredPair): PlacementRow[] {
    return [...this.#rows.values()].filter((row) => row.pair === number && row.region === region)
  }

  /** The load balancers that have moved away from a pair, and that its nodes may still have. */
  leaving({ region, number }: StoredPair): PlacementRow[] {
    return [...this.#rows.values()].filter(
      (row) => row.phase === 'releasing' && row.former_pair === number && row.region === region,
    )
  }

  pairOf({ region, pair }: Pick<PlacementRow, 'region' | 'pair'>): StoredPair | null {
    return this.pairs.find(region, pair)
  }

  /** The node that has a load balancer's instance in a cluster; null for that of the local nodes. */
  nodeOn(cluster: Cluster, lbId: string): string | null {
    const row = this.#rows.get(lbId)
    return row ? (this.pairOf(row)?.[cluster] ?? null) : null
  }

  /** Whether a node is to have a load balancer of its region. */
  isOn(node: RegisteredNode, lbId: string): boolean {
    const row = this.#rows.get(lbId)
    if (!row) return !isJoined(node)
    if (this.#has(node, row, row.pair)) return true
    if (row.phase === 'preparing') return this.#has(node, row, row.next_pair)
    return row.phase === 'releasing' && this.#has(node, row, row.former_pair)
  }

  /** How many load balancers are on the pairs of a node, or on their way there. */
  countOn(node: RegisteredNode): number {
    const numbers = new Set(this.pairs.ofNode(node.id).map(({ number }) => number))
    return [...this.#rows.values()].filter(
      ({ region, pair, next_pair }) =>
        region === node.region && (numbers.has(pair ?? 0) || numbers.has(next_pair ?? 0)),
    ).length
  }

  /**
   * How a node carries a load balancer; null if it does so alone, on one machine. Nodes that are not in the carriage's pair own
   * nothing, so those that a load balancer moves to can have it before it has moved.
   * @throws Error if a node of its pair was removed
   */
  carriageFor(node: RegisteredNode, lbId: string): Carriage | null {
    const row = this.#rows.get(lbId)
    if (!row || (row.pair === null && !isJoined(node))) return null
    return this.carriageOf(row)
  }

  carriageOf({ region, pair, carrier, carrier_epoch: epoch }: PlacementRow): Carriage {
    if (pair === null) return { pair: this.#localPair(region), carrier, epoch }
    const stored = this.pairs.find(region, pair)
    if (!stored) throw new Error(`Pair ${pair} does not exist any more`)
    return { pair: this.pairs.describe(stored), carrier, epoch }
  }

  /**
   * Changes placements, one call after the other. They count when they are written.
   * @param change the columns that change; null if nothing does
   * @param authority the leader's, or that of what a caller has ordered (`services/act.ts`)
   * @returns the rows that have changed, as they are now
   */
  update(
    lbIds: Iterable<string>,
    change: (row: PlacementRow) => Partial<PlacementRow> | null,
    authority: Authority,
  ): Promise<PlacementRow[]> {
    const ids = [...lbIds]
    const rowsOf = (known: ReadonlyMap<string, PlacementRow>) =>
      ids.flatMap((lbId) => {
        const row = known.get(lbId)
        const columns = row ? change(row) : null
        return row && columns ? [{ ...row, ...columns }] : []
      })
    return this.#next(() => this.#commit(authority, ids, rowsOf))
  }

  /** Writes placements of load balancers that have none, in order with the changes of others. */
  add(rows: readonly PlacementRow[], authority: Authority): Promise<unknown> {
    const ids = rows.map(({ lb_id }) => lb_id)
    return this.#next(() =>
      this.#commit(authority, ids, (known) => rows.filter(({ lb_id }) => !known.has(lb_id))),
    )
  }

  /**
   * Changes a placement in another transaction, in order with all other changes.
   * @param write returns the row as it is after the commit; null if it stays as it was
   */
  updateWith(write: () => Promise<PlacementRow | null>): Promise<void> {
    return this.#next(async () => {
      const written = await write()
      if (!written) return
      this.note([written])
      this.#cache.written([written.lb_id])
    })
  }

  /** Writes placements, and makes them count. */
  async save(rows: readonly PlacementRow[], authority: Authority): Promise<void> {
    await this.#commit(authority, [], () => rows)
  }

  #next<Result>(work: () => Promise<Result>): Promise<Result> {
    const previous = this.#updating
    const next = (async () => {
      await previous.catch(() => {})
      return work()
    })()
    this.#updating = next
    return next
  }

  /** @param rowsOf what to write, from the rows of these load balancers, which other processes may just have changed */
  async #commit(
    authority: Authority,
    lbIds: readonly string[],
    rowsOf: (known: ReadonlyMap<string, PlacementRow>) => readonly PlacementRow[],
  ): Promise<PlacementRow[]> {
    const own = this.#store.isShared && lbIds.length > 0 ? null : rowsOf(this.#rows)
    if (own?.length === 0) return []
    const yieldWhenDue = yieldEvery()
    const written = await this.#store.transaction(authority, async (writer) => {
      const done: PlacementRow[] = []
      for (const row of own ?? rowsOf(await readPlacements(writer, lbIds))) {
        if (await writePlacement(writer, row)) done.push(row)
        await yieldWhenDue()
      }
      return done
    })
    this.note(written)
    this.#cache.written(written.map(({ lb_id }) => lb_id))
    return written
  }

  /**
   * Writes a placement in another transaction. `note` makes it count.
   * @throws ApiError 412 if another process has just removed its hosts
   */
  async write(writer: Writer, row: PlacementRow): Promise<void> {
    if (this.#store.isShared && !(await hasPair(writer, row)))
      throw preconditionFailed('not_ready', 'Its hosts were just removed. Try again.')
    await writePlacement(writer, row)
  }

  note(rows: readonly PlacementRow[]): void {
    const moved = rows.filter((row) => !isOnSameNodes(this.#rows.get(row.lb_id), row))
    if (moved.some(({ lb_id }) => this.#rows.has(lb_id))) this.masters.outdated()
    for (const row of rows) this.#rows.set(row.lb_id, row)
    if (moved.length === 0) return
    const ids = moved.map(({ lb_id }) => lb_id)
    forEachContained('configuration', this.#listeners, (listener) => listener(ids))
  }

  /** A load balancer is deleted, or was not created after all. */
  forget(lbId: string): void {
    this.#rows.delete(lbId)
    this.masters.outdated()
  }

  /** Calls `listener` with the load balancers that other nodes are to have, until the returned function is called. */
  subscribe(listener: Listener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Calls `listener` with load balancers that another process has deleted, until the returned function is called. */
  subscribeForgotten(listener: Listener): () => void {
    this.#forgetListeners.add(listener)
    return () => this.#forgetListeners.delete(listener)
  }

  isDraining(nodeId: string): boolean {
    return this.#draining.has(nodeId)
  }

  /** Whether anything new may be placed on a node. */
  readonly isUsable = ({ id, state }: RegisteredNode): boolean =>
    state !== 'revoked' && !this.#draining.has(id)

  /** Writes whether a node is draining, so that nothing new is placed on it. `noteDraining` makes it count. */
  writeDraining(writer: Writer, nodeId: string, isDraining: boolean): Promise<void> {
    return this.#draining.write(writer, nodeId, isDraining)
  }

  noteDraining(nodeId: string, isDraining: boolean): void {
    this.#draining.note(nodeId, isDraining)
  }

  #has(node: RegisteredNode, { region }: PlacementRow, number: number | null): boolean {
    if (number === null) return !isJoined(node)
    const pair = this.pairs.find(region, number)
    return pair !== null && (pair.a === node.id || pair.b === node.id)
  }

  /** The nodes of the control plane's own machine that carry what is on no pair. */
  localMembers(region: Region): RegisteredNode[] {
    return CLUSTERS.flatMap((cluster) => this.#localOn(region, cluster) ?? [])
  }

  #localOn(region: Region, cluster: Cluster): RegisteredNode | undefined {
    return this.#registry.onCluster(region, cluster).find((one) => !isJoined(one))
  }

  #localPair(region: Region): Carriage['pair'] {
    const member = (cluster: Cluster) => {
      const node = this.#localOn(region, cluster)
      return { node: node?.name ?? `${region}-${cluster}`, address: node?.address ?? '0.0.0.0' }
    }
    return { number: LOCAL_PAIR_NUMBER, a: member('a'), b: member('b') }
  }
}

/** Whether hosts may not have carried out a move that the database has. The former owner still accepts connections then. */
export function isUndelivered({ phase, handing_over }: PlacementRow): boolean {
  return phase === 'releasing' && handing_over === 1
}

/** Higher than all epochs before it, also than those that an older database does not know. */
export function nextEpoch(epoch: number): number {
  return Math.max(epoch + 1, Date.now())
}

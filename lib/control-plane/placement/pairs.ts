import type { Cluster, Region } from '#lib/core/locality.ts'
import type { RegisteredNode } from '#lib/core/node.ts'
import { REGIONS } from '#lib/core/regions.ts'
import { LOCAL_PAIR_NUMBER, type Pair, type PairMember } from '#lib/protocol/pair.ts'
import type { Authority } from '../authority/authority.ts'
import { timestamp } from '../clock.ts'
import type { NodeRegistry } from '../nodes/registry/node-registry.ts'
import type { CachedTable } from '../store/caches.ts'
import type { NodePairRow } from '../store/placement-tables.ts'
import type { Reader, Writer } from '../store/reader.ts'
import type { Store } from '../store/store.ts'
import { type NodePair, possiblePairs, type UsablePair } from './spread.ts'

/** A pair with the ids of its nodes. */
export type StoredPair = UsablePair & { region: Region }

/**
 * The pairs of all regions, in the table `node_pairs` and in memory. Nodes form every pair that they can, and a pair exists until
 * one of its nodes is removed: hosts run the VRRP instances of all their pairs, so that moving a load balancer waits for no election,
 * and so that a host that returns with load balancers that moved while it was away still hears the peer that it had.
 */
export class Pairs {
  readonly #store: Store
  readonly #registry: NodeRegistry
  #all: readonly StoredPair[]
  #ensuring: Promise<unknown> = Promise.resolve()

  private constructor(store: Store, registry: NodeRegistry, all: StoredPair[]) {
    this.#store = store
    this.#registry = registry
    this.#all = all
  }

  static async open(store: Store, registry: NodeRegistry): Promise<Pairs> {
    return new Pairs(store, registry, await readPairs(store.reader))
  }

  readonly cache: CachedTable = {
    table: 'node_pairs',
    reread: async (reader, keys) => {
      const before = this.#all
      const pairs = await readPairs(reader)
      return () => {
        if (this.#all !== before) return [...(keys ?? pairs.map(keyOf))]
        this.#all = pairs
        return []
      }
    },
    written: () => {},
  }

  all(): readonly StoredPair[] {
    return this.#all
  }

  find(region: Region, number: number | null): StoredPair | null {
    return this.#all.find((pair) => pair.number === number && pair.region === region) ?? null
  }

  /** The pairs that a node is in. */
  ofNode(nodeId: string): StoredPair[] {
    return this.#all.filter(({ a, b }) => a === nodeId || b === nodeId)
  }

  /** The pairs of a region whose nodes satisfy a condition, in the order of `possiblePairs`. */
  usable(region: Region, isUsable: (node: RegisteredNode) => boolean): StoredPair[] {
    return this.#possible(region, isUsable).flatMap(({ a, b }) => {
      const pair = this.#all.find((one) => one.a === a && one.b === b)
      return pair ?? []
    })
  }

  /** The pair as hosts get it. @throws Error if one of its nodes was removed */
  describe({ number, a, b }: StoredPair): Pair {
    return { number, a: this.#member(a), b: this.#member(b) }
  }

  /** The nodes of a pair, a and b; null for one that was removed. */
  membersOf({ a, b }: StoredPair): (RegisteredNode | null)[] {
    return [a, b].map((id) => this.#registry.all().find((node) => node.id === id) ?? null)
  }

  /**
   * Forms the pairs that the nodes can form and do not yet, and forgets those whose nodes were removed.
   * @param authority the leader's, where it does this
   * @returns whether there are others than before
   */
  ensure(authority: Authority): Promise<boolean> {
    const previous = this.#ensuring
    const next = this.#ensureAfter(previous, authority)
    this.#ensuring = next
    return next
  }

  async #ensureAfter(previous: Promise<unknown>, authority: Authority): Promise<boolean> {
    await previous.catch(() => {})
    const nodes = new Set(this.#registry.all().map(({ id }) => id))
    const known = this.#all.filter(({ a, b }) => nodes.has(a) && nodes.has(b))
    const isComplete = this.#allMissing(known).length === 0
    if (isComplete && known.length === this.#all.length) return false
    this.#all = isComplete ? known : await this.#add(authority)
    this.cache.written(this.#all.map(keyOf))
    return true
  }

  /** Adds missing pairs to those that the database has now: other processes may have added some. @returns all of them */
  #add(authority: Authority): Promise<StoredPair[]> {
    return this.#store.transaction(authority, async (writer) => {
      const stored = await readPairs(writer)
      const nodes = await writer.selectFrom('nodes').select('id').execute()
      const ids = new Set(nodes.map(({ id }) => id))
      const added = this.#allMissing(stored).filter(({ a, b }) => ids.has(a) && ids.has(b))
      await insert(writer, added)
      return [...stored, ...added]
    })
  }

  #allMissing(known: readonly StoredPair[]): StoredPair[] {
    const numbers = freeNumbers(known.map(({ number }) => number))
    return REGIONS.flatMap((region) => this.#missing(region, known, numbers))
  }

  #missing(
    region: Region,
    known: readonly StoredPair[],
    numbers: Iterator<number, undefined>,
  ): StoredPair[] {
    const isNew = ({ a, b }: NodePair) => !known.some((pair) => pair.a === a && pair.b === b)
    return this.#possible(region, () => true)
      .filter(isNew)
      .flatMap((pair) => {
        const { value: number } = numbers.next()
        return number ? { ...pair, region, number } : []
      })
  }

  #possible(region: Region, isUsable: (node: RegisteredNode) => boolean): NodePair[] {
    const nodes = (cluster: Cluster) =>
      this.#registry.onCluster(region, cluster).flatMap((node) => {
        const { id, address } = node
        return address !== null && isUsable(node) ? { id, cluster, address } : []
      })
    return possiblePairs([...nodes('a'), ...nodes('b')])
  }

  #member(nodeId: string): PairMember {
    const node = this.#registry.all().find(({ id }) => id === nodeId)
    if (!node?.address) throw new Error('A node of its pair was removed, or has no address')
    return { node: node.name, address: node.address }
  }
}

async function readPairs(reader: Reader): Promise<StoredPair[]> {
  const rows = await reader.selectFrom('node_pairs').selectAll().execute()
  return rows.map(pairOf)
}

async function insert(writer: Writer, pairs: readonly StoredPair[]): Promise<void> {
  const created_at = timestamp()
  for (const { region, number, a, b } of pairs) {
    const row = { region, number, node_a: a, node_b: b, created_at }
    await writer.insertInto('node_pairs').values(row).execute()
  }
}

function pairOf({ region, number, node_a: a, node_b: b }: NodePairRow): StoredPair {
  return { region, number, a, b }
}

const keyOf = ({ region, number }: StoredPair) => `${region}/${number}`

/** First those above all that are used: a host that was removed may not know yet that its pair's number is another's. */
function* freeNumbers(used: readonly number[]): Generator<number, undefined> {
  const highest = Math.max(0, ...used)
  for (let number = highest + 1; number < LOCAL_PAIR_NUMBER; number += 1) yield number
  for (let number = 1; number < highest; number += 1) if (!used.includes(number)) yield number
  return undefined
}

import { CLUSTERS, type Cluster } from '#lib/core/locality.ts'

/** A node that can be in pairs, with the address of its host. */
export type PairableNode = { id: string; cluster: Cluster; address: string }

/** The ids of two nodes. */
export type NodePair = Record<Cluster, string>

/** A pair that load balancers can be placed on. */
export type UsablePair = NodePair & { number: number }

/** A load balancer, the pair that it is on or on its way to, its master and the node that owns its HA IP. */
export type PlacedLb = { id: string; pair: number | null; master: Cluster; owner: string | null }

/**
 * The pairs that nodes of one region can form, in the order in which they are to be used: along the diagonals, so that the first
 * ones have as few nodes in common as possible. Two nodes with the same address are on one host, and are no pair.
 */
export function possiblePairs(nodes: readonly PairableNode[]): NodePair[] {
  const [as, bs] = CLUSTERS.map((cluster) => nodes.filter((node) => node.cluster === cluster))
  if (!as?.length || !bs?.length) return []
  const lap = leastCommonMultiple(as.length, bs.length)
  return Array.from({ length: as.length * bs.length }, (_, at) => {
    const a = as[at % as.length] as PairableNode
    const b = bs[(at + Math.floor(at / lap)) % bs.length] as PairableNode
    return a.address === b.address ? [] : [{ a: a.id, b: b.id }]
  }).flat()
}

/** How many load balancers pairs and nodes have. */
export class Load {
  readonly #pairs = new Map<number, Record<Cluster, number>>()
  readonly #nodes = new Map<string, number>()

  add({ number, a, b }: UsablePair, master: Cluster, count = 1): void {
    const masters = this.#pairs.get(number) ?? { a: 0, b: 0 }
    masters[master] += count
    this.#pairs.set(number, masters)
    for (const node of [a, b]) this.#nodes.set(node, this.onNode(node) + count)
  }

  onPair({ number }: UsablePair): number {
    const { a, b } = this.masters(number)
    return a + b
  }

  onNode(node: string): number {
    return this.#nodes.get(node) ?? 0
  }

  masters(number: number): Record<Cluster, number> {
    return this.#pairs.get(number) ?? { a: 0, b: 0 }
  }

  /** The cluster for the next master on a pair: the one with fewer of them. */
  nextMaster({ number }: UsablePair): Cluster {
    const { a, b } = this.masters(number)
    return b < a ? 'b' : 'a'
  }

  /** The pair for the next load balancer: the one with the fewest, then the one whose nodes have the fewest. */
  leastLoaded(pairs: readonly UsablePair[]): UsablePair | null {
    return minBy(pairs, (pair) => [this.onPair(pair), this.onNode(pair.a) + this.onNode(pair.b)])
  }
}

/** A move of a load balancer to another pair, or to the local nodes (null). */
export type Move = { id: string; to: number | null }

/**
 * The fewest moves after which the load balancers are spread evenly over the pairs: no two differ by more than one. Those that are on
 * no usable pair move anyway. Where there is a choice, load balancers move whose owner stays, so that only their backup changes.
 * @param pairs in the order of `possiblePairs`
 */
export function planMoves(pairs: readonly UsablePair[], lbs: readonly PlacedLb[]): Move[] {
  if (pairs.length === 0) return []
  const byPair = new Map(pairs.map((pair) => [pair.number, pair]))
  const groups = Map.groupBy(lbs, ({ pair }) => (byPair.has(pair ?? -1) ? pair : null))
  const present = (pair: UsablePair) => groups.get(pair.number)?.length ?? 0
  const targets = evenTargets(pairs, lbs.length, present)
  const load = new Load()
  for (const lb of lbs) {
    const pair = byPair.get(lb.pair ?? -1)
    if (pair) load.add(pair, lb.master)
  }
  const sources = new Sources(groups, (number) => {
    const pair = number === null ? null : byPair.get(number)
    return pair ? Math.max(0, present(pair) - (targets.get(pair.number) ?? 0)) : lbs.length
  })
  return pairs.flatMap((pair) => {
    const count = Math.max(0, (targets.get(pair.number) ?? 0) - present(pair))
    return Array.from({ length: count }, () => {
      const lb = sources.take(pair, load.nextMaster(pair))
      if (!lb) return []
      load.add(pair, lb.master)
      const former = byPair.get(lb.pair ?? -1)
      if (former) load.add(former, lb.master, -1)
      return [{ id: lb.id, to: pair.number }]
    }).flat()
  })
}

/** How many load balancers each pair is to have. The remainder stays where it is, which saves moves. */
function evenTargets(
  pairs: readonly UsablePair[],
  total: number,
  present: (pair: UsablePair) => number,
): Map<number, number> {
  const each = Math.floor(total / pairs.length)
  const load = new Load()
  for (const pair of pairs) load.add(pair, 'a', each)
  const left = new Set(pairs)
  for (let rest = total % pairs.length; rest > 0; rest -= 1) {
    const next = minBy([...left], (pair) => [
      present(pair) > each ? 0 : 1,
      load.onNode(pair.a) + load.onNode(pair.b),
    ])
    if (!next) break
    left.delete(next)
    load.add(next, 'a')
  }
  return new Map(pairs.map((pair) => [pair.number, load.onPair(pair)]))
}

/** The load balancers that can move, by the pair that they are on, and how many of each may. */
class Sources {
  readonly #left: { quota: number; byOwner: Map<string, PlacedLb[]> }[]

  constructor(
    groups: ReadonlyMap<number | null, readonly PlacedLb[]>,
    quotaOf: (pair: number | null) => number,
  ) {
    this.#left = [...groups].map(([pair, lbs]) => ({
      quota: quotaOf(pair),
      byOwner: Map.groupBy(lbs, ({ owner, master }) => `${master} ${owner}`),
    }))
  }

  /** The one whose move to `pair` costs least, and if possible with its master on that cluster. */
  take(pair: NodePair, master: Cluster): PlacedLb | null {
    const open = this.#left.filter(({ quota }) => quota > 0)
    const choices = open.flatMap((source) =>
      [...source.byOwner.values()].filter((lbs) => lbs.length > 0).map((lbs) => ({ source, lbs })),
    )
    const choice = minBy(choices, ({ source, lbs }) => {
      const lb = lbs.at(-1) as PlacedLb
      const ownerStays = lb.owner === pair.a || lb.owner === pair.b
      return [ownerStays ? 0 : 1, lb.master === master ? 0 : 1, -source.quota]
    })
    if (!choice) return null
    choice.source.quota -= 1
    return choice.lbs.pop() ?? null
  }
}

/** The first of the members with the lowest key; keys are compared number by number. */
export function minBy<Member>(
  members: readonly Member[],
  keyOf: (member: Member) => number[],
): Member | null {
  let best: { member: Member; key: number[] } | null = null
  for (const member of members) {
    const key = keyOf(member)
    if (!best || compareKeys(key, best.key) < 0) best = { member, key }
  }
  return best?.member ?? null
}

function compareKeys(one: number[], other: number[]): number {
  const at = one.findIndex((number, index) => number !== other[index])
  return at < 0 ? 0 : (one[at] as number) - (other[at] as number)
}

function leastCommonMultiple(one: number, other: number): number {
  let [a, b] = [one, other]
  while (b > 0) [a, b] = [b, a % b]
  return (one * other) / a
}

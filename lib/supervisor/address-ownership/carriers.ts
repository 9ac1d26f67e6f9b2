import { CLUSTERS, type Cluster } from '#lib/core/locality.ts'
import type { CarrierState, HostReport } from '#lib/protocol/host-link.ts'
import type { NodeName } from '#lib/protocol/node-name.ts'
import type { Carriage, Pair } from '#lib/protocol/pair.ts'
import type { CarrierEvent, HostNetwork } from './host-network.ts'

export type CarriersReport = Extract<HostReport, { type: 'carriers' }>

type KnownPair = { pair: Pair; own: Cluster; hearsPeer: boolean }

/** The pairs of this host, and which of their carriers it owns. */
export class Carriers {
  readonly #network: HostNetwork
  readonly #onChange: () => void
  readonly #pairs = new Map<number, KnownPair>()
  /** The pairs of each node, as the control plane announced them. */
  readonly #announced = new Map<NodeName, ReadonlySet<number>>()
  readonly #states = new Map<string, CarrierState>()
  #problem: string | null = null

  /** @param onChange called when the report has changed */
  constructor(network: HostNetwork, onChange: () => void) {
    this.#network = network
    this.#onChange = onChange
    network.onPeer = ({ pair, isHeard }) => {
      const known = this.#pairs.get(pair)
      if (!known) return
      known.hearsPeer = isHeard
      onChange()
    }
    network.onProblem = (problem) => {
      this.#problem = problem
      onChange()
    }
  }

  /**
   * Runs all pairs of a node of this host, whether or not load balancers are on them.
   * @returns the numbers of those that it was in before and is not in any more
   */
  announce(node: NodeName, pairs: readonly Pair[]): number[] {
    const numbers = new Set(pairs.map(({ number }) => number))
    const former = [...(this.#announced.get(node) ?? [])].filter((number) => !numbers.has(number))
    this.#announced.set(node, numbers)
    for (const pair of pairs) {
      this.start(pair, node)
      this.#changeAddresses(pair)
    }
    return former
  }

  /** A host of the pair may have another address than before. */
  #changeAddresses(pair: Pair): void {
    const known = this.#pairs.get(pair.number)
    const isSame = CLUSTERS.every(
      (cluster) => known?.pair[cluster].address === pair[cluster].address,
    )
    if (!known || isSame) return
    known.pair = pair
    this.#run(known)
  }

  /** Does nothing if the pair runs, or if it is one of other hosts. */
  start(pair: Pair, node: NodeName): void {
    const { number } = pair
    const own = CLUSTERS.find((cluster) => pair[cluster].node === node)
    if (!own || this.#pairs.has(number)) return
    const known = { pair, own, hearsPeer: false }
    this.#pairs.set(number, known)
    this.#run(known)
  }

  #run({ pair, own }: KnownPair): void {
    const [ownAddress, peerAddress] = [pair[own].address, pair[own === 'a' ? 'b' : 'a'].address]
    this.#network.startPair({ number: pair.number, own, ownAddress, peerAddress })
  }

  /** Does nothing if the pair is announced. */
  stop(number: number): void {
    const isAnnounced = [...this.#announced.values()].some((numbers) => numbers.has(number))
    if (isAnnounced || !this.#pairs.delete(number)) return
    for (const carrier of ['a', 'b'] as const) this.#states.delete(keyOf(number, carrier))
    this.#network.stopPair(number)
  }

  /** @returns whether this host has become the owner, or has ceased to be it; null if neither */
  note({ pair, carrier, state }: CarrierEvent): 'gained' | 'lost' | null {
    if (!this.#pairs.has(pair)) return null
    const key = keyOf(pair, carrier)
    const wasOwner = this.#states.get(key) === 'owner'
    this.#states.set(key, state)
    this.#onChange()
    if ((state === 'owner') === wasOwner) return null
    return wasOwner ? 'lost' : 'gained'
  }

  owns({ pair, carrier }: Carriage): boolean {
    return this.#states.get(keyOf(pair.number, carrier)) === 'owner'
  }

  /** The cluster of this host's node in a pair; null if it is in none of that number. */
  ownCluster(number: number): Cluster | null {
    return this.#pairs.get(number)?.own ?? null
  }

  /** The nodes of this host that are in a pair. */
  ownNodes(): Set<NodeName> {
    return new Set([...this.#pairs.values()].map(({ pair, own }) => pair[own].node))
  }

  /** @param node whose pairs; all nodes of this host by default */
  report(node?: NodeName): CarriersReport {
    const stateOf = (pair: number, carrier: Cluster) =>
      this.#states.get(keyOf(pair, carrier)) ?? 'backup'
    const own = [...this.#pairs].filter(
      ([, { pair, own }]) => node === undefined || pair[own].node === node,
    )
    const pairs = own.map(([pair, { hearsPeer: hears_peer }]) => ({
      pair,
      a: stateOf(pair, 'a'),
      b: stateOf(pair, 'b'),
      hears_peer,
    }))
    return { type: 'carriers', pairs, problem: this.#problem }
  }
}

const keyOf = (pair: number, carrier: Cluster) => `${pair}${carrier}`

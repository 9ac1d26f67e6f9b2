import type { Cluster } from '#lib/core/locality.ts'
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

  /** Does nothing if the pair runs. @param own the cluster of this host's node */
  start(pair: Pair, own: Cluster): void {
    const { number } = pair
    if (this.#pairs.has(number)) return
    this.#pairs.set(number, { pair, own, hearsPeer: false })
    const [ownAddress, peerAddress] = [pair[own].address, pair[own === 'a' ? 'b' : 'a'].address]
    this.#network.startPair({ number, own, ownAddress, peerAddress })
  }

  stop(number: number): void {
    if (!this.#pairs.delete(number)) return
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

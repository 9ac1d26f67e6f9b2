import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from 'pino'
import { CLUSTERS, type Cluster } from '#lib/core/locality.ts'
import { contain, detach } from '#lib/process/faults.ts'
import type { Authority } from '../authority/authority.ts'
import type { Term } from '../leadership/term.ts'
import { unlessTermEnded } from '../leadership/term-ended.ts'
import type { HostReports } from '../nodes/hosts/host-links.ts'
import type { HostOrders } from '../nodes/hosts/host-orders.ts'
import { carrierOwners, otherCluster, pairReport } from './carriers.ts'
import type { StoredPair } from './pairs.ts'
import type { Placements } from './placements.ts'

/** How long both hosts may own a carrier: reports of a takeover arrive one after the other. Milliseconds. */
const TOLERATED_MS = 300
/**
 * How long it may last while one host hears the other. VRRP resolves that, unless the other one's adverts get lost: its keepalived may be
 * stopped, and its network helper notices that within this time. Milliseconds.
 */
const ONE_HEARS_MS = 2500
const LOOK_AGAIN_MS = 100
/** How long a host stands down, and how often it is told again. Milliseconds. */
const STAND_DOWN_MS = 10_000
const REPEAT_MS = 2000
/** How long the other host may take to announce its HA IPs before it stands down. Milliseconds. */
const RECLAIM_MS = 200

/** That both hosts of a pair own a carrier, or would if one had not been told to stand down. */
export type SplitBrain = { pair: StoredPair; carrier: Cluster }

type Parts = {
  placements: Placements
  hosts: HostReports
  orders: HostOrders
  /** Called when a split brain begins, and when it is over, at the leader. A new leader calls it for those that last. */
  onChange: (split: ObservedSplit, isOver: boolean, authority: Authority) => void
  log: Logger
}

/** A split brain, and when it was seen first, of `performance.now()`. */
export type ObservedSplit = SplitBrain & { since: number }

type Observation = ObservedSplit & {
  timer: NodeJS.Timeout
  isActive: boolean
  /** The hosts that have reported since they were last asked to. A host without power owned its carriers in its last report, too. */
  confirmed: Set<Cluster>
}

/**
 * Watches for carriers that both hosts of a pair own, because VRRP adverts don't get from one to the other. VRRP can't resolve that
 * with two hosts, but whoever hears both can: the host that the carrier isn't preferred by stands down until they hear each other.
 */
export class Witness {
  readonly #parts: Parts
  readonly #observations = new Map<string, Observation>()
  readonly #unsubscribe: () => void
  /** Null while another process is the leader. */
  #term: Term | null = null

  constructor(parts: Parts) {
    this.#parts = parts
    this.#unsubscribe = parts.hosts.subscribe((nodeId, report) => {
      for (const pair of parts.placements.pairs.ofNode(nodeId)) {
        for (const carrier of CLUSTERS) {
          if (report?.type === 'carriers') this.#confirm({ pair, carrier }, nodeId)
          this.#look({ pair, carrier })
        }
      }
    })
  }

  /** Has hosts stand down during a term. Split brains are observed by every process. @returns a function that ends it */
  lead(term: Term): () => void {
    this.#term = term
    // Its last leader may not have come to record it.
    for (const observed of this.#observations.values()) {
      if (observed.isActive) this.#parts.onChange(observed, false, term.authority)
    }
    return () => {
      this.#term = null
    }
  }

  stop(): void {
    this.#unsubscribe()
    for (const { timer } of this.#observations.values()) clearTimeout(timer)
  }

  /** The host that answers alone since the other was told to stand down; 'both' until then; null without a split brain. */
  answering({ pair, carrier }: SplitBrain): Cluster | 'both' | null {
    const observed = this.#observations.get(keyOf({ pair, carrier }))
    if (!observed?.isActive) return null
    return carrierOwners(this.#parts.hosts, pair)[carrier] === 'both' ? 'both' : carrier
  }

  #confirm(split: SplitBrain, nodeId: string): void {
    const cluster = split.pair.a === nodeId ? 'a' : 'b'
    this.#observations.get(keyOf(split))?.confirmed.add(cluster)
  }

  #look(split: SplitBrain): void {
    const observed = this.#observations.get(keyOf(split))
    const isSplit = carrierOwners(this.#parts.hosts, split.pair)[split.carrier] === 'both'
    if (!observed && isSplit) this.#observe(split, TOLERATED_MS)
    else if (observed && !observed.isActive && !isSplit) this.#forget(observed)
    else if (observed?.isActive && this.#isOver(split)) this.#end(observed)
  }

  #observe(split: SplitBrain, lookInMs: number, former: Partial<Observation> = {}): void {
    const again = contain('takeover', () => this.#onTime(split))
    const timer = setTimeout(again, lookInMs)
    const { since = performance.now(), isActive = false, confirmed = new Set<Cluster>() } = former
    this.#observations.set(keyOf(split), { ...split, timer, isActive, since, confirmed })
    for (const cluster of CLUSTERS) this.#parts.orders.ping(split.pair[cluster])
  }

  /** Whether both hosts answer clients, as far as their reports say. */
  #isSure({ pair, since, confirmed }: Observation): boolean {
    if (confirmed.size < CLUSTERS.length) return false
    const { hosts } = this.#parts
    const isHeard = CLUSTERS.some((one) => pairReport(hosts, pair[one], pair)?.hears_peer)
    return !isHeard || performance.now() - since >= ONE_HEARS_MS
  }

  /** It has lasted: the host that the carrier isn't preferred by stands down, as long as the other one owns it. */
  #onTime(split: SplitBrain): void {
    const { log, onChange } = this.#parts
    const { pair, carrier } = split
    const former = this.#observations.get(keyOf(split))
    if (!former) return
    const wasActive = former.isActive
    if (!wasActive && !this.#isSure(former)) {
      this.#observe(split, LOOK_AGAIN_MS, former)
      return
    }
    this.#observe(split, REPEAT_MS, { since: former.since, isActive: true })
    if (former.confirmed.has(carrier) && this.#term) {
      const { authority } = this.#term
      detach('takeover', () => this.#standDown(split, wasActive, authority).catch(unlessTermEnded))
    }
    if (wasActive) return
    if (this.#term) onChange({ ...split, since: former.since }, false, this.#term.authority)
    log.error({ region: pair.region, pair: pair.number, carrier }, 'both hosts own a carrier')
  }

  /** Clients get to the host that announced its HA IPs last, so the other one does that before this one falls silent. */
  async #standDown(
    { pair, carrier }: SplitBrain,
    isRepeated: boolean,
    authority: Authority,
  ): Promise<void> {
    const { hosts, orders } = this.#parts
    const contested = { pair: pair.number, carrier }
    if (!isRepeated) {
      const reclaimed = orders.reclaimCarrier(pair[carrier], contested, authority)
      await Promise.race([reclaimed, delay(RECLAIM_MS)])
    }
    const isOwner = pairReport(hosts, pair[carrier], pair)?.[carrier] === 'owner'
    if (!isOwner) return
    const order = { ...contested, forMs: STAND_DOWN_MS }
    orders.standDown(pair[otherCluster(carrier)], order, authority)
  }

  /** Whether the hosts hear each other again, or one of them is lost and the other one owns the carrier alone. */
  #isOver({ pair, carrier }: SplitBrain): boolean {
    const { hosts } = this.#parts
    const owner = carrierOwners(hosts, pair)[carrier]
    if (owner === 'both') return false
    const reports = CLUSTERS.map((cluster) => pairReport(hosts, pair[cluster], pair))
    if (reports.every((report) => report?.hears_peer)) return owner !== null
    return reports.some((report) => report === null)
  }

  #end(observed: Observation): void {
    this.#forget(observed)
    this.#parts.log.info({ pair: observed.pair.number }, 'the hosts of a pair agree again')
    if (this.#term) this.#parts.onChange(observed, true, this.#term.authority)
  }

  #forget(observed: Observation): void {
    clearTimeout(observed.timer)
    this.#observations.delete(keyOf(observed))
  }
}

const keyOf = ({ pair, carrier }: SplitBrain) => `${pair.region} ${pair.number} ${carrier}`

import type { Logger } from 'pino'
import { FAILOVER_VERBS } from '#lib/core/change.ts'
import { CLUSTERS, type Cluster } from '#lib/core/locality.ts'
import { contain, detach } from '#lib/process/faults.ts'
import type { HostReports } from '../nodes/hosts/host-links.ts'
import type { Store } from '../store/store.ts'
import { carrierOwners, isElected, otherCluster, pairReport } from './carriers.ts'
import type { StoredPair } from './pairs.ts'
import type { Placements } from './placements.ts'

/** How often load balancers away from their masters are looked for. Milliseconds. */
const POLL_MS = 1000
/** When a load balancer that could not be given back is tried again, at the earliest. Milliseconds. */
const RETRY_MS = 10_000
/** Load balancers in one query. */
const BATCH = 500

/** Who is named in the history. */
export const FAILBACK = {
  actor: { kind: 'system', id: 'failback', name: 'failback' },
  origin: null,
  verb: 'switch_over',
} as const

type Parts = {
  store: Store
  placements: Placements
  hosts: HostReports
  isReady: (lbId: string, cluster: Cluster) => boolean
  /** Switches load balancers over to the node of a cluster, and records that. */
  giveBack: (pair: StoredPair, to: Cluster, lbIds: string[]) => Promise<void>
  /** How long a master's instance has to be back and ready; null for never. Milliseconds. */
  afterMs: number | null
  log: Logger
  /** Milliseconds of a monotonic clock. */
  now?: () => number
}

/** A load balancer that may be given back: since when, and when it is tried. */
type Waiting = { since: number; tryAt: number }

/**
 * Gives load balancers back to their masters, by planned switchovers, once the masters' instances have been back and ready for a while. It
 * keeps no state: a control plane that restarts counts again, and finds those that it has given back on their masters.
 */
export class Failback {
  readonly #parts: Parts
  readonly #waiting = new Map<string, Waiting>()
  readonly stop: () => void
  readonly #now: () => number
  #isLooking = false

  constructor(parts: Parts) {
    this.#parts = parts
    this.#now = parts.now ?? (() => performance.now())
    const look = contain('takeover', () => detach('takeover', () => this.look()))
    const timer = parts.afterMs === null ? undefined : setInterval(look, POLL_MS)
    this.stop = () => clearInterval(timer)
  }

  async look(): Promise<void> {
    if (this.#isLooking) return
    this.#isLooking = true
    try {
      const away = new Set<string>()
      for (const pair of this.#parts.placements.pairs.all()) {
        for (const master of CLUSTERS) {
          const lbIds = await this.#awayFrom(pair, master)
          for (const lbId of lbIds) away.add(lbId)
          await this.#giveBackDue(pair, master, lbIds)
        }
      }
      for (const lbId of this.#waiting.keys()) if (!away.has(lbId)) this.#waiting.delete(lbId)
    } finally {
      this.#isLooking = false
    }
  }

  /** The load balancers that the other host of a pair owns, although their master is ready in this cluster. */
  async #awayFrom(pair: StoredPair, master: Cluster): Promise<string[]> {
    const { placements, hosts, isReady } = this.#parts
    if (!isElected(hosts, pair) || placements.isDraining(pair[master])) return []
    // The owner may not hear the master's host: that sends no adverts while it owns nothing.
    if (!pairReport(hosts, pair[master], pair)?.hears_peer) return []
    const owners = carrierOwners(hosts, pair)
    const ids = placements
      .onPair(pair)
      .filter((row) => row.phase === null && row.handing_over === 0)
      .filter((row) => owners[row.carrier] === otherCluster(master))
      .map(({ lb_id }) => lb_id)
    const lbs = await this.#mastersOf(ids)
    return ids.filter((lbId) => lbs.get(lbId) === master && isReady(lbId, master))
  }

  async #giveBackDue(pair: StoredPair, master: Cluster, lbIds: readonly string[]): Promise<void> {
    const { afterMs, giveBack, log } = this.#parts
    const now = this.#now()
    const due: string[] = []
    for (const lbId of lbIds) {
      const waiting = this.#waiting.get(lbId) ?? { since: now, tryAt: now }
      this.#waiting.set(lbId, waiting)
      if (now - waiting.since < (afterMs ?? Number.POSITIVE_INFINITY)) continue
      if (now < waiting.tryAt || (await this.#isPinned(lbId))) continue
      waiting.tryAt = now + RETRY_MS
      due.push(lbId)
    }
    if (due.length === 0) return
    log.info({ lbs: due.length, pair: pair.number, to: master }, 'given back to their masters')
    await giveBack(pair, master, due)
  }

  async #mastersOf(lbIds: readonly string[]): Promise<Map<string, Cluster>> {
    const masters = new Map<string, Cluster>()
    const { reader } = this.#parts.store
    for (let at = 0; at < lbIds.length; at += BATCH) {
      const some = lbIds.slice(at, at + BATCH)
      const query = reader.selectFrom('lbs').select(['id', 'master']).where('id', 'in', some)
      for (const { id, master } of await query.execute()) masters.set(id, master)
    }
    return masters
  }

  /** Whether a person chose the owner, and nothing has failed over since. */
  async #isPinned(lbId: string): Promise<boolean> {
    const verbs = FAILOVER_VERBS.filter((verb) => verb !== 'split_brain')
    const last = await this.#parts.store.reader
      .selectFrom('changes')
      .select(['verb', 'actor_id'])
      .where('lb_id', '=', lbId)
      .where('verb', 'in', verbs)
      .orderBy('id', 'desc')
      .limit(1)
      .executeTakeFirst()
    return last !== undefined && last.verb !== 'failover' && last.actor_id !== FAILBACK.actor.id
  }
}

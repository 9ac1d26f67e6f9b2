import type { Logger } from 'pino'
import { CLUSTERS, type Cluster } from '#lib/core/locality.ts'
import { contain, detach } from '#lib/process/faults.ts'
import type { Term } from '../leadership/term.ts'
import { unlessTermEnded } from '../leadership/term-ended.ts'
import type { HostReports } from '../nodes/hosts/host-links.ts'
import type { PlacementRow } from '../store/placement-tables.ts'
import { isElected, otherCluster, pairReport } from './carriers.ts'
import type { Mover } from './mover.ts'
import type { StoredPair } from './pairs.ts'
import type { Placements } from './placements.ts'
import { Load, type Move } from './spread.ts'

/** How often lost hosts are looked at. Milliseconds. */
const POLL_MS = 1000

type Parts = {
  placements: Placements
  hosts: HostReports
  mover: Pick<Mover, 'start' | 'isStuck'>
  /** How long a host may be lost; null for ever. Milliseconds. */
  afterMs: number | null
  log: Logger
}

/**
 * Gives the load balancers of a lost host a new backup on another host, so that the next loss is survived too. A host is lost while
 * neither the control plane nor its peer hears it. The peer stays the owner, so this interrupts nothing.
 */
export class BackupReplacement {
  readonly #parts: Parts
  /** Since when each lost host of a pair has been so, of `performance.now()`, by pair and cluster. */
  readonly #lostSince = new Map<string, number>()
  /** Null while another process is the leader. */
  #term: Term | null = null
  readonly stop: () => void

  constructor(parts: Parts) {
    this.#parts = parts
    const look = contain('takeover', () => this.look())
    const timer = setInterval(look, POLL_MS)
    this.stop = () => clearInterval(timer)
  }

  /** Replaces backups during a term. Lost hosts are watched by every process. @returns a function that ends it */
  lead(term: Term): () => void {
    this.#term = term
    return () => {
      this.#term = null
    }
  }

  /** The cluster of a pair whose host is lost; null if none is, or both are. */
  lostCluster(pair: StoredPair): Cluster | null {
    const { hosts } = this.#parts
    const lost = CLUSTERS.filter((cluster) => {
      const peer = pairReport(hosts, pair[otherCluster(cluster)], pair)
      return !hosts.isConnected(pair[cluster]) && peer !== null && !peer.hears_peer
    })
    return lost.length === 1 ? (lost[0] ?? null) : null
  }

  /** The pairs that can give a load balancer another backup, without the lost host. */
  candidates(pair: StoredPair, lost: Cluster): StoredPair[] {
    const { placements, hosts } = this.#parts
    const survivor = otherCluster(lost)
    return placements.pairs
      .usable(pair.region, placements.isUsable)
      .filter((one) => one[survivor] === pair[survivor] && one[lost] !== pair[lost])
      .filter((one) => isElected(hosts, one))
  }

  /** In how many milliseconds the load balancers of a pair get another backup; null for never. */
  dueIn(pair: StoredPair, lost: Cluster): number | null {
    const { afterMs } = this.#parts
    if (afterMs === null) return null
    const since = this.#lostSince.get(keyOf(pair, lost)) ?? performance.now()
    return Math.max(0, since + afterMs - performance.now())
  }

  look(): void {
    const { placements, afterMs } = this.#parts
    if (afterMs === null) return
    const lostNow = new Set<string>()
    for (const pair of placements.pairs.all()) {
      const lost = this.lostCluster(pair)
      if (lost === null) continue
      const key = keyOf(pair, lost)
      lostNow.add(key)
      const since = this.#lostSince.get(key) ?? performance.now()
      this.#lostSince.set(key, since)
      if (performance.now() - since >= afterMs) this.#replace(pair, lost)
    }
    for (const key of this.#lostSince.keys()) if (!lostNow.has(key)) this.#lostSince.delete(key)
  }

  #replace(pair: StoredPair, lost: Cluster): void {
    const term = this.#term
    if (!term?.isCertain()) return
    const { placements, mover, log } = this.#parts
    const rows = placements.onPair(pair).filter((row) => row.phase === null || mover.isStuck(row))
    const candidates = this.candidates(pair, lost)
    if (rows.length === 0 || candidates.length === 0) return
    const moves = this.#spread(rows, candidates)
    log.info({ lbs: moves.length, pair: pair.number }, 'load balancers of a lost host get a backup')
    const request = { requestedBy: null, authority: term.authority }
    detach('takeover', () => mover.start(pair.region, moves, request).catch(unlessTermEnded))
  }

  #spread(rows: readonly PlacementRow[], candidates: readonly StoredPair[]): Move[] {
    const { placements } = this.#parts
    const load = new Load()
    for (const { region, pair, next_pair, carrier } of placements.all()) {
      const going = placements.pairs.find(region, next_pair ?? pair)
      if (going) load.add(going, carrier)
    }
    return rows.flatMap(({ lb_id: id, carrier }) => {
      const to = load.leastLoaded(candidates)
      if (!to) return []
      load.add(to, carrier)
      return [{ id, to: to.number }]
    })
  }
}

const keyOf = ({ region, number }: StoredPair, cluster: Cluster) => `${region} ${number} ${cluster}`

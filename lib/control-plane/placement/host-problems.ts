import { CLUSTERS } from '#lib/core/locality.ts'
import type { HostReports } from '../nodes/hosts/host-links.ts'
import type { NodeRegistry } from '../nodes/registry/node-registry.ts'
import type { PlacementRow } from '../store/placement-tables.ts'
import type { BackupReplacement } from './backup-replacement.ts'
import { otherCluster, pairReport } from './carriers.ts'
import type { StoredPair } from './pairs.ts'
import type { Placements } from './placements.ts'
import type { SplitBrain, Witness } from './witness.ts'

/** How long hosts may take to connect after a start of the control plane. Milliseconds. */
const CONNECT_GRACE_MS = 5000

type Parts = {
  placements: Placements
  registry: NodeRegistry
  hosts: HostReports
  replacement: BackupReplacement
  witness: Witness
}

/** Tells what is wrong with the hosts of load balancers. */
export class HostProblems {
  readonly #parts: Parts
  readonly #startedAt = performance.now()

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** One sentence or two each. */
  of(lbId: string): string[] {
    const { placements } = this.#parts
    const row = placements.get(lbId)
    const pair = row && placements.pairOf(row)
    if (!row || !pair) return []
    const split = this.splitBrain({ pair, carrier: row.carrier })
    return split ? [split] : this.#lossProblems(row, pair)
  }

  /** Null if the hosts agree on who owns a carrier. */
  splitBrain({ pair, carrier }: SplitBrain): string | null {
    const answering = this.#parts.witness.answering({ pair, carrier })
    if (!answering) return null
    const hosts = `The hosts of ${this.#nameOf(pair.a)} and ${this.#nameOf(pair.b)} don't reach each other`
    const other = this.#nameOf(pair[otherCluster(carrier)])
    const state =
      answering === 'both'
        ? `both answer for its HA IP. ${other} has been told to stand down.`
        : `${other} stands down, so that only one answers. It has no backup until they do.`
    return `${hosts}, and ${state} Check the network between them.`
  }

  #lossProblems(row: PlacementRow, pair: StoredPair): string[] {
    const { hosts, replacement } = this.#parts
    const away = [pair.a, pair.b].filter((id) => !hosts.isConnected(id))
    if (away.length === 2) {
      if (performance.now() - this.#startedAt < CONNECT_GRACE_MS) return []
      return [`Neither ${this.#nameOf(pair.a)} nor ${this.#nameOf(pair.b)} is connected.`]
    }
    const lost = replacement.lostCluster(pair)
    if (lost)
      return [`It has no backup: ${this.#loss(pair[lost])}. ${this.#remedy(row, pair, lost)}`]
    const [one] = away
    if (one !== undefined) return []
    const isDeaf = CLUSTERS.some((cluster) => {
      const [own, peer] = [pair[cluster], pair[otherCluster(cluster)]].map((id) =>
        pairReport(hosts, id, pair),
      )
      // A host that owns no carrier sends no adverts.
      const hasAdverts = peer?.a === 'owner' || peer?.b === 'owner'
      return own && !own.hears_peer && hasAdverts
    })
    if (!isDeaf || performance.now() - this.#startedAt < CONNECT_GRACE_MS) return []
    const names = `${this.#nameOf(pair.a)} and ${this.#nameOf(pair.b)}`
    return [`It has no backup: ${names} don't hear each other. Check the network between them.`]
  }

  #loss(nodeId: string): string {
    const { registry } = this.#parts
    const since = registry.lastSeen(nodeId)
    return `${this.#nameOf(nodeId)} is lost${since ? ` since ${since}` : ''}`
  }

  #remedy(row: PlacementRow, pair: StoredPair, lost: 'a' | 'b'): string {
    const { replacement } = this.#parts
    if (row.phase === 'preparing') return 'Another host is being prepared as its backup.'
    if (replacement.candidates(pair, lost).length === 0) {
      return `No other host of cluster ${lost} can be its backup. Bring the host back, or add one.`
    }
    const due = replacement.dueIn(pair, lost)
    if (due === null) return 'Bring the host back, or move its load balancers to others.'
    const minutes = Math.max(1, Math.ceil(due / 60_000))
    return `Another host becomes its backup within ${minutes} min, unless the host is back by then.`
  }

  #nameOf(nodeId: string): string {
    const node = this.#parts.registry.find(nodeId)
    return node ? `${node.name} (host ${node.host})` : 'a removed node'
  }
}

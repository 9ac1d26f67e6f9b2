import type { RegisteredNode } from '#lib/core/node.ts'
import { forEachContained } from '#lib/process/faults.ts'
import type { DesiredConfig } from '#lib/protocol/desired-config.ts'
import type { HostReports } from '../nodes/hosts/host-links.ts'
import type { Fleet } from '../nodes/observed/fleet.ts'
import type { PlacementRow } from '../store/placement-tables.ts'
import { carrierOwners } from './carriers.ts'
import type { StoredPair } from './pairs.ts'
import type { Placements } from './placements.ts'
import type { RollOutLeases } from './roll-out-leases.ts'
import { TRY_MAX_MS, type Trial, Trials } from './trials.ts'

/**
 * A node waits so long for a peer that is silent, or whose node ended. Within that time a node that hangs is killed (10 s), restarted, and
 * ends once more, which quarantines the generation. Milliseconds.
 */
export const WAIT_MAX_MS = 60_000
/** A node waits so long at most, if the peer's node ends again and again. Milliseconds. */
export const WAIT_IN_ALL_MAX_MS = 600_000
/** How long hosts may take to connect after a start of the control plane. Milliseconds. */
const CONNECT_GRACE_MS = 5000

/** `refused`: the other host of the pair has the generation in quarantine. */
export type Admission = 'admitted' | 'waiting' | 'refused'

/** A generation of a load balancer. */
export type Revision = { id: string; generation: number; revision: string }

/** A node's pair that has a load balancer, and the other node of the pair. */
type Side = { pair: StoredPair; peerId: string }

type Parts = {
  placements: Placements
  fleet: Fleet
  hosts: HostReports
  leases: RollOutLeases
  /** Milliseconds of a monotonic clock. */
  now?: () => number
}

/** @param lbId the load balancer whose turn may have come; null for any */
type Listener = (lbId: string | null) => void

/**
 * Keeps a configuration that crashes a node from crashing both hosts of a pair: the standby is sent a generation first, and the
 * owner only when the standby has reported it. Nor do both hosts try generations of different load balancers at the same time: each is
 * the standby of some, and many may be changed in the same way. Among control planes that share a database one does this for a pair
 * (`RollOutLeases`), and the others send a node what the other one has reported. In memory: after a start, what the nodes have and report says what is left to do.
 */
export class RollOuts {
  readonly #parts: Parts
  readonly #now: () => number
  readonly #trials = new Trials()
  /** Nodes that wait until a peer tries nothing any more, so that it begins nothing new. */
  readonly #held = new Set<string>()
  /** How many streams a node has open, and when the last one ended. Missing until its first one. */
  readonly #nodes = new Map<string, { streams: number; endedAt: number }>()
  readonly #listeners = new Set<Listener>()
  readonly stop: () => void

  constructor(parts: Parts) {
    this.#parts = parts
    this.#now = parts.now ?? (() => performance.now())
    const stops = [
      parts.fleet.subscribe((lbId) => this.#reported(lbId)),
      // A host that is away is not waited for, and the owner of a carrier may be another one.
      parts.hosts.subscribe((_, report) => {
        if (report === null || report.type === 'carriers') this.#notify(null)
      }),
    ]
    parts.leases.onChange = () => this.#notify(null)
    this.stop = () => {
      for (const stop of stops) stop()
      parts.leases.stop()
    }
  }

  /** A worker of a node follows. @returns what to call when its stream ends */
  connect(nodeId: string): () => void {
    const node = this.#nodes.get(nodeId) ?? { streams: 0, endedAt: 0 }
    this.#nodes.set(nodeId, node)
    node.streams += 1
    this.#notify(null)
    return () => {
      node.streams -= 1
      node.endedAt = this.#now()
      this.#held.delete(nodeId)
      this.#releasePairsOf(nodeId)
      for (const lbId of this.#trials.lbIds()) {
        // It may have ended because of them. When it is back, it is sent what is newest then.
        this.#trials.drop(lbId, (trial) => trial.nodeId === nodeId || this.#isOver(lbId, trial))
      }
      this.#notify(null)
    }
  }

  /** A worker of a node has reported. */
  heard(nodeId: string, worker: number): void {
    this.#parts.leases.heard(nodeId, worker)
  }

  /** Calls `listener` when a node's turn may have come, until the returned function is called. */
  subscribe(listener: Listener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /**
   * Whether a node may be sent the newest generation now. If so, call `sent` or `cancel`.
   * @param waitingSince when it was first told to wait for a generation of the load balancer; now, if it was not
   */
  admit(node: RegisteredNode, lb: Revision, waitingSince: number): Admission {
    const sides = this.#sidesOf(node, lb.id)
    if (sides.some(({ peerId }) => this.#isRefused(peerId, lb))) return 'refused'
    if (!sides.every((side) => this.#mayHave(node, lb, side, waitingSince))) return 'waiting'
    const { generation, revision } = lb
    for (const { pair, peerId } of sides) {
      if (this.#hasReported(peerId, lb)) continue
      this.#held.delete(node.id)
      if (this.#trials.get(lb.id, pair.number)?.revision === revision) continue
      const trial = { nodeId: node.id, generation, revision, since: this.#now(), config: null }
      this.#trials.begin(lb.id, pair.number, trial)
    }
    return 'admitted'
  }

  /**
   * Call it right before a node is sent the configuration that it was admitted for.
   * @param asOf as in the message
   * @returns false if it may not be sent any more: another control plane may have it or the other node of its pair try one by now
   */
  sent(node: RegisteredNode, config: DesiredConfig, asOf?: number): boolean {
    const { id } = node
    const { lb_id, generation } = config
    const isPermitted = this.#sidesOf(node, lb_id).every(
      ({ pair, peerId }) =>
        this.#hasReported(peerId, { id: lb_id, generation }) || this.#parts.leases.find(pair),
    )
    if (!isPermitted) return false
    for (const trial of this.#trials.of(config.lb_id)) {
      if (trial.nodeId !== id || trial.revision !== config.revision) continue
      Object.assign(trial, { config, asOf })
    }
    return true
  }

  /** A node is not sent what it was admitted for after all. */
  cancel({ id }: RegisteredNode, lbId: string): void {
    const isVoid = ({ nodeId, config }: Trial) => nodeId === id && config === null
    if (this.#trials.drop(lbId, isVoid)) this.#notify(null)
  }

  /**
   * What the peers of a node have applied or rejected, or what other workers of the node were sent. There may be a newer generation,
   * but with many changes in a row the owner would always be refused the newest.
   */
  proven(
    node: RegisteredNode,
    lbId: string,
  ): { config: DesiredConfig; asOf: number | undefined } | null {
    const sides = this.#sidesOf(node, lbId)
    const trialOn = ({ pair }: Side) => this.#trials.get(lbId, pair.number)
    const first = sides[0] && trialOn(sides[0])
    const isProven = sides.every((side) => {
      const trial = trialOn(side)
      if (!trial || trial.revision !== first?.revision) return false
      if (trial.nodeId === node.id) return this.#parts.leases.find(side.pair) !== null
      return this.#hasReported(trial.nodeId, { ...trial, id: lbId })
    })
    if (!first?.config || !isProven) return null
    const carriage = this.#parts.placements.carriageFor(node, lbId)
    return { config: { ...first.config, carriage }, asOf: first.asOf }
  }

  #mayHave(
    node: RegisteredNode,
    lb: Revision,
    { pair, peerId }: Side,
    waitingSince: number,
  ): boolean {
    if (this.#hasReported(peerId, lb)) return true
    if (!this.#parts.leases.mayTry(pair, this.#streamsOf)) return false
    if (this.#hasWaited(peerId, waitingSince)) return true
    const trial = this.#trials.get(lb.id, pair.number)
    // Both get the generation before. With many changes in a row, the peer would have to wait for the last one otherwise.
    if (trial?.nodeId === node.id && trial.revision !== lb.revision) return false
    if (!this.#nodes.get(peerId)?.streams) return !this.#mayReturn(peerId)
    if (trial?.nodeId === peerId && !this.#isOver(lb.id, trial)) return false
    return this.#isFirst(node, peerId, lb.id) && this.#mayTry(node.id, peerId)
  }

  readonly #streamsOf = (nodeId: string): number => this.#nodes.get(nodeId)?.streams ?? 0

  /** Another control plane may have the nodes of pairs that this one has lost. */
  #releasePairsOf(nodeId: string): void {
    const { placements, leases } = this.#parts
    const isAway = (id: string) => this.#streamsOf(id) === 0
    for (const pair of placements.pairs.ofNode(nodeId)) {
      if (isAway(pair.a) && isAway(pair.b)) leases.release(pair)
    }
  }

  #hasWaited(peerId: string, since: number): boolean {
    const now = this.#now()
    const endedAt = this.#nodes.get(peerId)?.endedAt ?? since
    return now - Math.max(since, endedAt) >= WAIT_MAX_MS || now - since >= WAIT_IN_ALL_MAX_MS
  }

  /** Whether a node may try a generation of any load balancer: not while its peer does, and in turns. */
  #mayTry(nodeId: string, peerId: string): boolean {
    const after = this.#now() - TRY_MAX_MS
    if (this.#trials.hasOpen(peerId, after)) {
      this.#held.add(nodeId)
      return false
    }
    return !(this.#held.has(peerId) && this.#trials.hasOpen(nodeId, after))
  }

  /** Whether a node has the generation in quarantine, and so its peer is not sent it either. */
  #isRefused(nodeId: string, { id, generation }: Pick<Revision, 'id' | 'generation'>): boolean {
    if (this.#hasReported(nodeId, { id, generation })) return false
    return this.#parts.fleet.quarantineOn(nodeId, id)?.generation === generation
  }

  /** Whether a node that is not connected is probably about to be: it is being restarted, perhaps because of a change. */
  #mayReturn(nodeId: string): boolean {
    const { hosts, fleet } = this.#parts
    const node = this.#nodes.get(nodeId)
    const awayMs = this.#now() - (node?.endedAt ?? fleet.startedAt)
    if (hosts.isConnected(nodeId)) return awayMs < WAIT_MAX_MS
    return !node && awayMs < CONNECT_GRACE_MS
  }

  /** The owner is last. While that is not known, it is the host that prefers the carrier. */
  #isFirst(node: RegisteredNode, peerId: string, lbId: string): boolean {
    const { placements, hosts } = this.#parts
    const row = placements.get(lbId)
    const pair = row && placements.pairOf(row)
    const owner = pair && carrierOwners(hosts, pair)[row.carrier]
    const ownerId = owner && owner !== 'both' ? pair?.[owner] : null
    if (ownerId === node.id || ownerId === peerId) return ownerId === peerId
    return node.cluster !== row?.carrier
  }

  #hasReported(nodeId: string, { id, generation }: Pick<Revision, 'id' | 'generation'>): boolean {
    const instance = this.#parts.fleet.instanceOn(nodeId, id)
    return instance?.applied === generation || instance?.report.rejected?.generation === generation
  }

  /** Whether its node has reported it, or a newer one, or refuses to run it. */
  #isOver(lbId: string, { nodeId, generation }: Trial): boolean {
    const revision = { id: lbId, generation }
    if (this.#hasReported(nodeId, revision) || this.#isRefused(nodeId, revision)) return true
    return (this.#parts.fleet.instanceOn(nodeId, lbId)?.applied ?? 0) > generation
  }

  #sidesOf({ id, region }: RegisteredNode, lbId: string): Side[] {
    const { placements } = this.#parts
    const row = placements.get(lbId)
    return numbersOf(row).flatMap((number) => {
      const pair = placements.pairs.find(region, number)
      if (pair?.a === id) return { pair, peerId: pair.b }
      return pair?.b === id ? { pair, peerId: pair.a } : []
    })
  }

  #reported(lbId: string): void {
    this.#notify(lbId)
    const over = this.#trials.of(lbId).filter((trial) => this.#isOver(lbId, trial))
    if (over.length === 0) return
    const wereLast = over.map((trial) => this.#trials.close(trial))
    if (wereLast.includes(true)) this.#notify(null)
    this.#trials.drop(lbId, (trial, number) => {
      if (!over.includes(trial)) return false
      const { region } = this.#parts.placements.get(lbId) ?? {}
      const pair = region && this.#parts.placements.pairs.find(region, number)
      const peerId = pair?.a === trial.nodeId ? pair.b : pair?.a
      // A peer that is away reads it from the database when it is back.
      if (!peerId || !this.#nodes.get(peerId)?.streams) return true
      const revision = { ...trial, id: lbId }
      return !this.#hasReported(trial.nodeId, revision) || this.#hasReported(peerId, revision)
    })
  }

  #notify(lbId: string | null): void {
    forEachContained('configuration', this.#listeners, (listener) => listener(lbId))
  }
}

/** The pairs that have a load balancer: its own, and the one that it moves to or comes from. */
function numbersOf(row: PlacementRow | null): number[] {
  if (!row) return []
  const other = row.phase === 'preparing' ? row.next_pair : row.phase && row.former_pair
  return [row.pair, other].filter((number) => number !== null)
}

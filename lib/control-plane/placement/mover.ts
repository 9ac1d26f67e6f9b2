import type { Logger } from 'pino'
import type { Cluster } from '#lib/core/locality.ts'
import { contain, detach } from '#lib/process/faults.ts'
import { timestamp } from '../clock.ts'
import type { RecordingParts } from '../failovers/failover-history.ts'
import type { PairSwitchovers } from '../failovers/pair-switchovers.ts'
import { isJoined } from '../nodes/registry/node-registry.ts'
import type { MoveOrigin, PlacementRow } from '../store/placement-tables.ts'
import { carrierOwners, isElected } from './carriers.ts'
import {
  type Destination,
  deliverMove,
  destinationOf,
  expectMove,
  type FlipParts,
  flipped,
} from './flip.ts'
import { isPrepared } from './is-prepared.ts'
import { isReleased } from './is-released.ts'
import type { StoredPair } from './pairs.ts'
import { isUndelivered, SETTLED } from './placements.ts'
import { recordMove } from './record-move.ts'
import type { Move } from './spread.ts'

/** How many load balancers move in one step. */
const CHUNK = 100
/** How often waiting moves are retried if no report arrives. Milliseconds. */
const POLL_MS = 1000

type MovingLb = { id: string; master: Cluster; generation: number }
/** A load balancer that is ready to move, with the destination and the current owner of its HA IP. */
type Flip = { row: PlacementRow; to: Destination; owner: string | null }

type Parts = FlipParts &
  RecordingParts & {
    switchovers: PairSwitchovers
    /** Makes a cluster's local node the active node of a load balancer. @returns what prevents that; null if it is active */
    switchOverLocally: (lbId: string, to: Cluster) => Promise<string | null>
    log: Logger
  }

/**
 * Moves load balancers to another pair. Both nodes of the next pair apply the configuration first; they own nothing yet. Then the
 * HA IP moves to a carrier of that pair, by a switchover unless its owner is in that pair too. The former nodes keep the
 * configuration until their connections in progress end.
 */
export class Mover {
  readonly #parts: Parts
  readonly #stops: (() => void)[]
  #running: 'idle' | 'once' | 'again' = 'idle'

  constructor(parts: Parts) {
    this.#parts = parts
    const wake = contain('takeover', () => this.wake())
    const timer = setInterval(wake, POLL_MS)
    this.#stops = [
      () => clearInterval(timer),
      parts.hosts.subscribe(() => this.wake()),
      parts.fleet.subscribe((lbId) => {
        if (parts.placements.get(lbId)?.phase) this.wake()
      }),
    ]
  }

  stop(): void {
    for (const stop of this.#stops) stop()
  }

  /** Starts to move load balancers of a region. Skips those that already move or are on their target pair. */
  async start(
    region: PlacementRow['region'],
    moves: readonly Move[],
    requestedBy: MoveOrigin | null,
  ): Promise<void> {
    const { placements, store } = this.#parts
    const ids = moves.map(({ id }) => id)
    const query = store.reader.selectFrom('lbs').select(['id', 'master'])
    const lbs = await query.where('region', '=', region).execute()
    const masters = new Map(lbs.map(({ id, master }) => [id, master]))
    await placements.add(
      ids.flatMap((lb_id) => {
        const carrier = masters.get(lb_id)
        return carrier ? { lb_id, region, pair: null, carrier, carrier_epoch: 0, ...SETTLED } : []
      }),
    )
    const targets = new Map(moves.map(({ id, to }) => [id, to]))
    await placements.update(ids, (row) => {
      const next_pair = targets.get(row.lb_id) ?? null
      const canBegin = row.phase === null || this.isStuck(row)
      if (!canBegin || next_pair === row.pair) return null
      const requested_by = requestedBy
      return { phase: 'preparing', next_pair, requested_by, phase_since: timestamp() }
    })
    this.wake()
  }

  /** Whether a load balancer waits for a host that may not come. */
  isStuck({ phase, region, next_pair }: PlacementRow): boolean {
    const next = this.#parts.placements.pairs.find(region, next_pair)
    return phase === 'preparing' && (next === null || !isElected(this.#parts.hosts, next))
  }

  /** Advances all moves, after the pass in progress if there is one. */
  wake(): void {
    if (this.#running !== 'idle') {
      this.#running = 'again'
      return
    }
    if (!this.#isMoving()) return
    this.#running = 'once'
    const done = () => {
      const again = this.#running === 'again'
      this.#running = 'idle'
      if (again) this.wake()
    }
    const advance = async () => {
      await this.#advance()
      done()
    }
    detach('takeover', advance, done)
  }

  #isMoving(): boolean {
    for (const { phase } of this.#parts.placements.all()) if (phase !== null) return true
    return false
  }

  async #advance(): Promise<void> {
    const rows = [...this.#parts.placements.all()]
    const groups = Map.groupBy(
      rows.filter(({ phase }) => phase === 'preparing'),
      ({ region, pair, next_pair }) => `${region} ${pair} ${next_pair}`,
    )
    for (const group of groups.values()) {
      for (let at = 0; at < group.length; at += CHUNK) await this.#flip(group.slice(at, at + CHUNK))
    }
    await this.#deliver(rows.filter(isUndelivered))
    await this.#release(rows.filter(({ phase }) => phase === 'releasing'))
  }

  /** Moves the load balancers of a group that are ready. All of the group have the same pair and next pair. */
  async #flip(group: readonly PlacementRow[]): Promise<void> {
    const { placements, switchovers, hosts, log } = this.#parts
    const [first] = group
    const next = first && placements.pairs.find(first.region, first.next_pair)
    if (!first || !next || !isElected(hosts, next)) return
    const former = placements.pairOf(first)
    const lbs = await this.#readyLbs(group, next)
    if (lbs.length === 0) return
    await switchovers.exclusively(former ? [former, next] : [next], async () => {
      const flips = await this.#flipsTo(next, lbs)
      await this.#announce(next, flips)
      const columns = new Map(
        flips.map(({ row, to, owner }) => [row.lb_id, flipped(row, to, owner)]),
      )
      const moved = await placements.update(
        columns.keys(),
        ({ lb_id }) => columns.get(lb_id) ?? null,
      )
      if (moved.length > 0)
        log.info({ lbs: moved.length, to: next.number }, 'moving load balancers')
      await this.#deliverOn(next, moved)
    })
  }

  /** The load balancers that can move now. */
  async #flipsTo(next: StoredPair, lbs: readonly MovingLb[]): Promise<Flip[]> {
    const { placements, hosts } = this.#parts
    const owners = carrierOwners(hosts, next)
    const flips: Flip[] = []
    for (const { id, master } of lbs) {
      const row = placements.get(id)
      if (row?.phase !== 'preparing' || row.handing_over === 1) continue
      const owner = await this.#prepareOwner(row, next)
      if (owner === undefined) continue
      const to = destinationOf(next, owners, { owner, master })
      if (to) flips.push({ row, to, owner })
    }
    return flips
  }

  /** Tells current owners which hosts are about to announce their HA IPs. */
  async #announce(next: StoredPair, flips: readonly Flip[]): Promise<void> {
    const keyOf = ({ owner, to }: Flip) => `${owner} ${to.target}`
    for (const group of Map.groupBy(flips, keyOf).values()) {
      const [{ owner, to } = { owner: null, to: null }] = group
      const target = to && next[to.target]
      if (!owner || !target || owner === target) continue
      const rows = group.map(({ row }) => row)
      await expectMove(this.#parts, rows, { owner, target })
    }
  }

  /** The load balancers that both nodes of the next pair are prepared to serve. */
  async #readyLbs(group: readonly PlacementRow[], next: StoredPair): Promise<MovingLb[]> {
    const { store, fleet } = this.#parts
    const ids = group.map(({ lb_id }) => lb_id)
    const query = store.reader.selectFrom('lbs').select(['id', 'master', 'generation'])
    const lbs = await query.where('id', 'in', ids).execute()
    return lbs.filter(({ id, generation }) =>
      [next.a, next.b].every((nodeId) => isPrepared(fleet, nodeId, id, generation)),
    )
  }

  /**
   * Returns the owner of an HA IP. If a local node is in the next pair too, makes it the owner first, so that the owner stays.
   * @returns null if no node has the HA IP; undefined if its owner is unknown for now
   */
  async #prepareOwner(row: PlacementRow, next: StoredPair): Promise<string | null | undefined> {
    const { placements, hosts } = this.#parts
    const pair = placements.pairOf(row)
    if (!pair) return this.#prepareLocalOwner(row, next)
    const owner = carrierOwners(hosts, pair)[row.carrier]
    return owner === null || owner === 'both' ? undefined : pair[owner]
  }

  async #prepareLocalOwner(
    { lb_id: lbId, region }: PlacementRow,
    next: StoredPair,
  ): Promise<string | null | undefined> {
    const { registry, fleet, switchOverLocally, log } = this.#parts
    const local = (['a', 'b'] as const).flatMap((cluster) =>
      registry.onCluster(region, cluster).filter((node) => !isJoined(node)),
    )
    if (local.length === 0) return null
    const active = local.find(({ id }) => fleet.instanceOn(id, lbId)?.report.active)
    if (!active?.address) return undefined
    const member = local.find(({ id }) => id === next.a || id === next.b)
    if (!member || member.id === active.id) return active.id
    const problem = await switchOverLocally(lbId, member.cluster)
    if (problem) log.warn({ lb_id: lbId, problem }, 'load balancer cannot move yet')
    return problem ? undefined : member.id
  }

  /** Sends hosts the moves that they may not have carried out. */
  async #deliver(undelivered: readonly PlacementRow[]): Promise<void> {
    const { placements, switchovers } = this.#parts
    for (const rows of Map.groupBy(
      undelivered,
      ({ region, pair }) => `${region} ${pair}`,
    ).values()) {
      const pair = rows[0] && placements.pairOf(rows[0])
      if (!pair) continue
      await switchovers.exclusively([pair], () => {
        const current = rows.flatMap(({ lb_id }) => placements.get(lb_id) ?? [])
        return this.#deliverOn(pair, current.filter(isUndelivered))
      })
    }
  }

  async #deliverOn(pair: StoredPair, moved: readonly PlacementRow[]): Promise<void> {
    const keyOf = (row: PlacementRow) => `${row.former_pair} ${row.former_owner} ${row.carrier}`
    for (const rows of Map.groupBy(moved, keyOf).values()) {
      const answer = await deliverMove(this.#parts, pair, rows)
      if (answer.problem !== null) {
        this.#parts.log.warn(
          { problem: answer.problem, lbs: rows.length },
          'move incomplete; retrying',
        )
        continue
      }
      const gaps = new Map(answer.failovers.map(({ lb_id, gap_ms }) => [lb_id, gap_ms]))
      for (const row of rows) await this.#record(pair, row, gaps.get(row.lb_id) ?? 0)
      const ids = rows.map(({ lb_id }) => lb_id)
      await this.#parts.placements.update(ids, () => ({ handing_over: 0 }))
    }
  }

  async #record(pair: StoredPair, row: PlacementRow, gapMs: number): Promise<void> {
    const { placements, registry, hosts, log } = this.#parts
    const nameOf = (nodeId: string) => registry.find(nodeId)?.name ?? nodeId
    const former = placements.pairs.find(row.region, row.former_pair)
    const local = [`${row.region}-a`, `${row.region}-b`]
    const owner = carrierOwners(hosts, pair)[row.carrier]
    try {
      await recordMove(this.#parts, {
        lbId: row.lb_id,
        fromNodes: former ? [former.a, former.b].map(nameOf) : local,
        toNodes: [pair.a, pair.b].map(nameOf),
        fromOwner: row.former_owner && nameOf(row.former_owner),
        toOwner: nameOf(pair[owner === 'b' ? 'b' : 'a']),
        gapMs,
        requestedBy: row.requested_by,
      })
    } catch (err) {
      log.error({ err, lb_id: row.lb_id }, 'move could not be recorded')
    }
  }

  /** Ends moves, so that the former nodes remove the load balancers: once they have no connections in progress, after an hour at most. */
  async #release(rows: readonly PlacementRow[]): Promise<void> {
    const released = rows.filter((row) => row.handing_over === 0 && isReleased(this.#parts, row))
    const ids = released.map(({ lb_id }) => lb_id)
    await this.#parts.placements.update(ids, (row) => (row.phase === 'releasing' ? SETTLED : null))
  }
}

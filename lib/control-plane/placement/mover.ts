import type { Cluster } from '#lib/core/locality.ts'
import { contain, detach } from '#lib/process/faults.ts'
import type { Authority } from '../authority/authority.ts'
import { timestamp } from '../clock.ts'
import type { RecordingParts } from '../failovers/failover-history.ts'
import type { Term } from '../leadership/term.ts'
import { TermEnded, unlessTermEnded } from '../leadership/term-ended.ts'
import { unlessOrderRefused } from '../locks/held-lock.ts'
import type { MoveOrigin, PlacementRow } from '../store/placement-tables.ts'
import { carrierOwners } from './carriers.ts'
import {
  type Destination,
  deliverMove,
  destinationOf,
  expectMove,
  flipped,
  localTarget,
} from './flip.ts'
import { isPrepared } from './is-prepared.ts'
import { isReleased } from './is-released.ts'
import { canMove, nextNodes } from './next-hosts.ts'
import type { StoredPair } from './pairs.ts'
import { isUndelivered, SETTLED } from './placements.ts'
import { type MoveParts, prepareOwner } from './prepare-owner.ts'
import { recordDelivered } from './record-move.ts'
import type { Move } from './spread.ts'

/** How many load balancers move in one step. */
const CHUNK = 100
/** How often waiting moves are retried if no report arrives. Milliseconds. */
const POLL_MS = 1000

type MovingLb = { id: string; master: Cluster; generation: number }
/** A load balancer that is ready to move, with the destination and the current owner of its HA IP. */
type Flip = { row: PlacementRow; to: Destination; owner: string | null }

type Parts = RecordingParts & MoveParts

/**
 * Moves load balancers to another pair. Both nodes of the next pair apply the configuration first; they own nothing yet. Then the
 * HA IP moves to a carrier of that pair, by a switchover unless its owner is in that pair too. The former nodes keep the
 * configuration until their connections in progress end. Load balancers move back to the local nodes in the same way.
 */
export class Mover {
  readonly #parts: Parts
  /** Null while another process is the leader. */
  #term: Term | null = null
  #running: 'idle' | 'once' | 'again' = 'idle'

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** Advances moves during a term. @returns a function that ends it */
  lead(term: Term): () => void {
    const parts = this.#parts
    const wake = contain('takeover', () => this.wake())
    const timer = setInterval(wake, POLL_MS)
    const stops = [
      () => clearInterval(timer),
      parts.hosts.subscribe(() => this.wake()),
      parts.fleet.subscribe((lbId) => {
        if (parts.placements.get(lbId)?.phase) this.wake()
      }),
    ]
    this.#term = term
    this.wake()
    return () => {
      for (const stop of stops) stop()
      this.#term = null
    }
  }

  /** Starts to move load balancers of a region. Skips those that already move or are on their target pair. */
  async start(
    region: PlacementRow['region'],
    moves: readonly Move[],
    { requestedBy, authority }: { requestedBy: MoveOrigin | null; authority: Authority },
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
      authority,
    )
    const targets = new Map(moves.map(({ id, to }) => [id, to]))
    const toMoving = (row: PlacementRow) => {
      const next_pair = targets.get(row.lb_id)
      const canBegin = row.phase === null || this.isStuck(row)
      if (!canBegin || next_pair === undefined || next_pair === row.pair) return null
      const requested_by = requestedBy
      return { phase: 'preparing' as const, next_pair, requested_by, phase_since: timestamp() }
    }
    await placements.update(ids, toMoving, authority)
    this.wake()
  }

  /** Cancels moves that are being prepared: the load balancers stay where they are. @returns those of cancelled moves */
  cancel(lbIds: Iterable<string>, authority: Authority): Promise<PlacementRow[]> {
    const toSettled = ({ phase, handing_over }: PlacementRow) =>
      phase === 'preparing' ? { ...SETTLED, handing_over } : null
    return this.#parts.placements.update(lbIds, toSettled, authority)
  }

  /** Whether a load balancer waits for a host that may not come. */
  isStuck(row: PlacementRow): boolean {
    return row.phase === 'preparing' && !canMove(this.#parts, row)
  }

  /** Advances all moves, after the pass in progress if there is one. Does nothing if another process is the leader. */
  wake(): void {
    if (this.#running !== 'idle') {
      this.#running = 'again'
      return
    }
    if (!this.#term?.isCertain() || !this.#isMoving()) return
    this.#running = 'once'
    const done = () => {
      const again = this.#running === 'again'
      this.#running = 'idle'
      if (again) this.wake()
    }
    const advance = async () => {
      await this.#advance().catch(unlessTermEnded)
      done()
    }
    detach('takeover', advance, done)
  }

  /** @throws TermEnded if another process has become the leader meanwhile */
  get #authority(): Authority {
    if (!this.#term?.isCertain()) throw new TermEnded()
    return this.#term.authority
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
    const { placements, locks, log } = this.#parts
    const [first] = group
    if (!first || !canMove(this.#parts, first)) return
    const next = placements.pairs.find(first.region, first.next_pair)
    const lbs = await this.#readyLbs(group, nextNodes(this.#parts, first))
    if (lbs.length === 0) return
    const pairs = [placements.pairOf(first), next].filter((pair) => pair !== null)
    const flip = async (authority: Authority) => {
      const flips = await this.#flipsTo(next, lbs, authority)
      await this.#announce(flips, authority)
      const columns = new Map(
        flips.map(({ row, to, owner }) => [row.lb_id, flipped(row, to, owner)]),
      )
      const toFlip = (row: PlacementRow) =>
        // It may have been cancelled meanwhile.
        row.phase === 'preparing' ? (columns.get(row.lb_id) ?? null) : null
      const moved = await placements.update(columns.keys(), toFlip, authority)
      if (moved.length > 0)
        log.info({ lbs: moved.length, to: next?.number ?? 'local' }, 'moving load balancers')
      await this.#deliverOn(next, moved, authority)
    }
    await locks.run(pairs, this.#authority, flip).catch(unlessOrderRefused)
  }

  /** The load balancers that can move now. */
  async #flipsTo(
    next: StoredPair | null,
    lbs: readonly MovingLb[],
    authority: Authority,
  ): Promise<Flip[]> {
    const { placements, hosts, registry } = this.#parts
    const owners = next && carrierOwners(hosts, next)
    const flips: Flip[] = []
    for (const { id, master } of lbs) {
      const row = placements.get(id)
      if (row?.phase !== 'preparing' || row.handing_over === 1) continue
      const owner = await prepareOwner(this.#parts, { row, next, authority })
      if (owner === undefined) continue
      const target = localTarget(registry, row.region, owner)
      const local = target && { target, carrier: row.carrier }
      const to = next && owners ? destinationOf(next, owners, { owner, master }) : local
      if (to) flips.push({ row, to, owner })
    }
    return flips
  }

  /** Tells current owners which hosts are about to announce their HA IPs. */
  async #announce(flips: readonly Flip[], authority: Authority): Promise<void> {
    const keyOf = ({ owner, to }: Flip) => `${owner} ${to.target}`
    for (const group of Map.groupBy(flips, keyOf).values()) {
      const [{ owner, to } = { owner: null, to: null }] = group
      const target = to?.target
      if (!owner || !target || owner === target) continue
      const rows = group.map(({ row }) => row)
      await expectMove(this.#parts, rows, { owner, target, authority })
    }
  }

  /** The load balancers that the next nodes are prepared to serve. */
  async #readyLbs(group: readonly PlacementRow[], nodeIds: string[]): Promise<MovingLb[]> {
    const { store, fleet } = this.#parts
    const ids = group.map(({ lb_id }) => lb_id)
    const query = store.reader.selectFrom('lbs').select(['id', 'master', 'generation'])
    const lbs = await query.where('id', 'in', ids).execute()
    return lbs.filter(({ id, generation }) =>
      nodeIds.every((nodeId) => isPrepared(fleet, nodeId, id, generation)),
    )
  }

  /** Sends hosts the moves that they may not have carried out. */
  async #deliver(undelivered: readonly PlacementRow[]): Promise<void> {
    const { placements, locks } = this.#parts
    for (const rows of Map.groupBy(
      undelivered,
      ({ region, pair }) => `${region} ${pair}`,
    ).values()) {
      const [first] = rows
      const pair = first ? placements.pairOf(first) : null
      if (!first || (!pair && first.pair !== null)) continue
      const former = placements.pairs.find(first.region, first.former_pair)
      const changing = [pair ?? former].filter((one) => one !== null)
      const deliver = (authority: Authority) => {
        const current = rows.flatMap(({ lb_id }) => placements.get(lb_id) ?? [])
        return this.#deliverOn(pair, current.filter(isUndelivered), authority)
      }
      await locks.run(changing, this.#authority, deliver).catch(unlessOrderRefused)
    }
  }

  async #deliverOn(
    pair: StoredPair | null,
    moved: readonly PlacementRow[],
    authority: Authority,
  ): Promise<void> {
    const keyOf = (row: PlacementRow) => `${row.former_pair} ${row.former_owner} ${row.carrier}`
    for (const rows of Map.groupBy(moved, keyOf).values()) {
      const answer = await deliverMove(this.#parts, pair, rows, authority)
      if (answer.problem !== null) {
        this.#parts.log.warn(
          { problem: answer.problem, lbs: rows.length },
          'move incomplete; retrying',
        )
        continue
      }
      const failovers = new Map(answer.failovers.map((one) => [one.lb_id, one]))
      for (const row of rows) {
        const failover = failovers.get(row.lb_id)
        await recordDelivered(this.#parts, pair, { row, failover, authority })
      }
      const ids = rows.map(({ lb_id }) => lb_id)
      // Those that could not be recorded.
      const toDelivered = (row: PlacementRow) => (isUndelivered(row) ? { handing_over: 0 } : null)
      await this.#parts.placements.update(ids, toDelivered, authority)
    }
  }

  /** Ends moves, so that the former nodes remove the load balancers: once they have no connections in progress, after an hour at most. */
  async #release(rows: readonly PlacementRow[]): Promise<void> {
    const released = rows.filter((row) => row.handing_over === 0 && isReleased(this.#parts, row))
    const ids = released.map(({ lb_id }) => lb_id)
    const settle = (row: PlacementRow) => (row.phase === 'releasing' ? SETTLED : null)
    await this.#parts.placements.update(ids, settle, this.#authority)
  }
}

import type { Logger } from 'pino'
import type { Failover, SwitchoverResult } from '#lib/core/failover.ts'
import { CLUSTERS } from '#lib/core/locality.ts'
import type { LostLb } from '#lib/protocol/host-link.ts'
import type {
  ControlPlaneToSupervisor,
  SupervisorToControlPlane,
} from '#lib/protocol/supervision.ts'
import { Authority } from '../authority/authority.ts'
import { TermEnded } from '../leadership/term-ended.ts'
import { isJoined, type NodeRegistry } from '../nodes/registry/node-registry.ts'
import { KeyedMutex } from '../placement/keyed-mutex.ts'
import type { Placements } from '../placement/placements.ts'
import { isDatabaseProblem } from '../store/disk-full.ts'
import { completeFailovers } from './complete-failovers.ts'
import { type RecordingParts, recordFailovers, type SwitchoverOrigin } from './failover-history.ts'
import { OpenLosses } from './open-losses.ts'
import type { PairResult, PairSwitchovers } from './pair-switchovers.ts'
import { type Moved, type Order, SupervisorOrders } from './supervisor-orders.ts'
import { Unrecorded } from './unrecorded.ts'

type FailoverMessage = Moved | Extract<SupervisorToControlPlane, { type: 'failed_over' }>

/** How long after the takeover both hosts' reports of it have arrived. Milliseconds. */
const SPLIT_KNOWN_MS = 2000

/** For reports of hosts and supervisors. Every control plane gets them, and one of them stores each, the leader or not. */
const REPORTED = Authority.system

/** Failovers and what completes them are recorded one after the other. */
const RECORDING = ['recording']

/** What switchovers across hosts need. */
export type PairParts = {
  placements: Placements
  registry: NodeRegistry
  switchovers: PairSwitchovers
}

type Parts = RecordingParts & {
  log: Logger
  /** Missing where there are no other hosts. */
  pairs?: PairParts
}

/**
 * Orders switchovers: of the supervisor between nodes of this machine, of the hosts of a pair otherwise. Records those and
 * unrequested failovers.
 */
export class Switchovers {
  readonly #local: SupervisorOrders
  readonly #parts: Parts
  readonly #openLosses = new OpenLosses()
  readonly #recording = new KeyedMutex()
  readonly #unrecorded: Unrecorded

  constructor(
    send: (message: ControlPlaneToSupervisor) => void,
    parts: Parts,
    replyTimeoutMs?: number,
  ) {
    this.#local = new SupervisorOrders(send, replyTimeoutMs)
    this.#parts = parts
    this.#unrecorded = new Unrecorded(parts.log)
  }

  /** Resolves when the order is carried out. @throws ApiError 503 if the supervisor does not reply */
  async order(
    order: Order,
    { actor, origin }: Pick<SwitchoverOrigin, 'actor' | 'origin'>,
    authority: Authority,
  ): Promise<SwitchoverResult> {
    const requested = { actor, origin, verb: order.type }
    const { pairs } = this.#parts
    const ordered: Promise<SwitchoverResult>[] = []
    if (this.#concernsSupervisor(order))
      ordered.push(this.#local.order(order, requested, authority))
    if (pairs) ordered.push(this.#orderPairs(pairs, order, { requested, authority }))
    const results = await Promise.all(ordered)
    const problems = results.flatMap(({ problem }) => problem ?? [])
    return {
      failovers: results.flatMap(({ failovers }) => failovers),
      problem: problems.join(' ') || null,
    }
  }

  /** Handles a message from the supervisor. Resolves when its failovers are recorded, or after the first attempt. */
  async receive(message: FailoverMessage): Promise<void> {
    const { failovers } = message
    if (message.type === 'failed_over') {
      const { lost = [] } = message
      await this.#unrecorded.record(() => this.complete(lost))
      await this.record(failovers, null, REPORTED)
    } else
      await this.#local.receive(message, (requested) => this.record(failovers, requested, REPORTED))
  }

  /**
   * Records failovers that a host has reported.
   * @throws DatabaseProblem if the host has to report them again
   */
  async recordReported(failovers: readonly Failover[]): Promise<void> {
    this.#log(failovers)
    await this.#write(failovers, null, REPORTED)
  }

  /**
   * Records failovers that the control plane ordered. Resolves after the first attempt: the traffic has moved already, so a write that
   * the database can't do now is tried again later, whoever leads by then.
   * @throws TermEnded
   */
  async record(
    failovers: readonly Failover[],
    requested: SwitchoverOrigin | null,
    authority: Authority,
  ): Promise<void> {
    this.#log(failovers)
    let by = authority
    await this.#unrecorded.record(async () => {
      const attempt = this.#write(failovers, requested, by)
      by = REPORTED
      await attempt
    })
  }

  /**
   * Completes failovers with what former owners report; what is about failovers that are not recorded yet waits for them.
   * @throws DatabaseProblem if the host has to report it again
   */
  complete(losses: readonly LostLb[]): Promise<void> {
    return this.#complete(losses, REPORTED, (open) => this.#openLosses.add(open))
  }

  stop(): void {
    this.#unrecorded.stop()
  }

  #log(failovers: readonly Failover[]): void {
    for (const failover of failovers) this.#parts.log.info(failover, 'failed over')
  }

  async #write(
    failovers: readonly Failover[],
    requested: SwitchoverOrigin | null,
    authority: Authority,
  ): Promise<void> {
    const { fleet } = this.#parts
    if (failovers.length === 0) return
    await this.#recordOne('failovers could not be recorded', async () => {
      const { known, used } = requested
        ? { known: failovers, used: [] }
        : this.#openLosses.complete(failovers)
      const lbIds = await recordFailovers(this.#parts, known, requested, authority)
      this.#openLosses.remove(used)
      for (const lbId of lbIds) fleet.notifyChanged(lbId)
    })
  }

  async #complete(
    losses: readonly LostLb[],
    authority: Authority,
    onOpen: (open: LostLb[]) => void,
  ): Promise<void> {
    const { store, fleet, log } = this.#parts
    for (const lost of losses) log.info(lost, 'lost to another host')
    if (losses.length === 0) return
    await this.#recordOne('failovers could not be completed', async () => {
      const { lbIds, open } = await completeFailovers(store, losses, authority)
      onOpen(open)
      for (const lbId of lbIds) fleet.notifyChanged(lbId)
    })
  }

  /** One after the other. A fault of the write itself is only logged: it would fail again. */
  #recordOne(failed: string, write: () => Promise<void>): Promise<void> {
    return this.#recording.run(RECORDING, async () => {
      try {
        await write()
      } catch (err) {
        if (err instanceof TermEnded || isDatabaseProblem(err)) throw err
        this.#parts.log.error({ err }, failed)
      }
    })
  }

  /**
   * Completes the failovers with which a split brain began: the host that took over heard no adverts, and the other one answered all along.
   * @param lastedMs since the control plane knows of it
   */
  async splitBrain(
    lbIds: readonly string[],
    lastedMs: number,
    authority: Authority,
  ): Promise<void> {
    const now = Date.now()
    const at = new Date(now).toISOString()
    const since = new Date(now - lastedMs - SPLIT_KNOWN_MS).toISOString()
    const answered = { at, since, reason: 'adverts_lost', answered_ms: null } as const
    const losses = CLUSTERS.flatMap((from) => lbIds.map((lb_id) => ({ lb_id, from, ...answered })))
    await this.#complete(losses, authority, () => {})
  }

  #concernsSupervisor(order: Order): boolean {
    const { pairs } = this.#parts
    if (!pairs) return true
    const { placements, registry } = pairs
    if (order.type === 'switch_over') return (placements.get(order.lb_id)?.pair ?? null) === null
    if (order.type === 'drain_node') {
      const node = registry.find(order.node)
      return node !== null && !isJoined(node)
    }
    return registry.all().some((node) => node.region === order.region && !isJoined(node))
  }

  async #orderPairs(
    { placements, registry, switchovers }: PairParts,
    order: Order,
    { requested, authority }: { requested: SwitchoverOrigin; authority: Authority },
  ): Promise<SwitchoverResult> {
    const results = await this.#onPairs({ placements, registry, switchovers }, order, authority)
    const failovers = results.flatMap((result) => ('failover' in result ? result.failover : []))
    await this.record(failovers, requested, authority)
    return { failovers, problem: problemText(results) }
  }

  async #onPairs(
    { placements, registry, switchovers }: PairParts,
    order: Order,
    authority: Authority,
  ): Promise<PairResult[]> {
    if (placements.pairs.all().length === 0) return []
    if (order.type === 'switch_over') {
      const row = placements.get(order.lb_id)
      return row && row.pair !== null
        ? [await switchovers.switchOver(row, order.to, authority)]
        : []
    }
    if (order.type === 'drain_node') {
      const node = registry.find(order.node)
      return node ? switchovers.drain(node.id, authority) : []
    }
    const query = this.#parts.store.reader.selectFrom('lbs').select(['id', 'master'])
    const lbs = await query.where('region', '=', order.region).execute()
    const masters = new Map(lbs.map(({ id, master }) => [id, master]))
    return switchovers.rebalance(order.region, masters, authority)
  }
}

/** Why some load balancers stay where they are, as a sentence; null if none do. */
function problemText(results: readonly PairResult[]): string | null {
  const problems = results.flatMap((result) => ('problem' in result ? result.problem : []))
  const [first] = problems
  if (!first) return null
  if (results.length === 1) return first
  return `${problems.length} of ${results.length} load balancers stay where they are. ${[...new Set(problems)].join(' ')}`
}

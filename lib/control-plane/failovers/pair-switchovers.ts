import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { Failover } from '#lib/core/failover.ts'
import { CLUSTERS, type Cluster, type Region } from '#lib/core/locality.ts'
import type { Authority } from '../authority/authority.ts'
import { OrderRefused } from '../locks/held-lock.ts'
import type { HostReports } from '../nodes/hosts/host-links.ts'
import type { HostAnswer, HostOrders } from '../nodes/hosts/host-orders.ts'
import { carrierOwners, isElected, otherCluster, pairReport } from '../placement/carriers.ts'
import type { PairLocks } from '../placement/pair-locks.ts'
import type { StoredPair } from '../placement/pairs.ts'
import { isUndelivered, type Placements } from '../placement/placements.ts'
import type { PlacementRow } from '../store/placement-tables.ts'
import { chunks, HandOvers } from './hand-overs.ts'

/** The pause between batches: hosts and control plane still work on what follows from the one before. Milliseconds. */
const REST_MS = 20
/** How long a host may take to own a carrier that the other gave up. Milliseconds. */
const YIELD_MS = 2000

const CHANGING = 'It is changing instances already.'

/** What became of one load balancer; `problem` is a sentence for the person who ordered it. */
export type PairResult = { lbId: string; failover: Failover } | { lbId: string; problem: string }

type Parts = {
  placements: Placements
  hosts: HostReports
  orders: HostOrders
  /** Only one thing changes the carriers and labels of a pair at a time. */
  locks: PairLocks
  /** Whether a load balancer's instance on a cluster runs, and can take over. */
  isReady: (lbId: string, cluster: Cluster) => boolean
  log: Logger
}

/** Moves HA IPs between the two hosts of a pair. What is to be is in the database before a host is ordered to do it. */
export class PairSwitchovers {
  readonly #parts: Parts
  readonly #handOvers: HandOvers
  /** The load balancers that are being switched over. */
  readonly #changing = new Set<string>()

  constructor(parts: Parts) {
    this.#parts = parts
    this.#handOvers = new HandOvers(parts)
  }

  /** Switches a load balancer over to the other host of its pair, or to that of the cluster. */
  async switchOver(
    row: PlacementRow,
    to: Cluster | undefined,
    authority: Authority,
  ): Promise<PairResult> {
    const { placements, hosts } = this.#parts
    const { lb_id: lbId } = row
    if (this.#changing.has(lbId)) return { lbId, problem: CHANGING }
    if (isUndelivered(row)) return { lbId, problem: 'It is moving to other hosts.' }
    const pair = placements.pairOf(row)
    if (!pair) return { lbId, problem: 'Its pair does not exist any more.' }
    const owner = carrierOwners(hosts, pair)[row.carrier]
    if (owner === null) return { lbId, problem: 'No instance accepts its traffic at the moment.' }
    if (owner === to) return { lbId, problem: `The instance of cluster ${to} has its traffic.` }
    const target = to ?? otherCluster(owner === 'both' ? row.carrier : owner)
    const [result] = await this.moveTo(pair, target, [lbId], authority)
    return result ?? { lbId, problem: `The instance of cluster ${target} has its traffic.` }
  }

  /** Switches all load balancers of a node over to the other hosts of its pairs. */
  async drain(nodeId: string, authority: Authority): Promise<PairResult[]> {
    const { placements } = this.#parts
    const moves = placements.pairs.ofNode(nodeId).map((pair) => {
      const lbIds = placements.onPair(pair).map(({ lb_id }) => lb_id)
      return this.moveTo(pair, pair.a === nodeId ? 'b' : 'a', lbIds, authority)
    })
    return (await Promise.all(moves)).flat()
  }

  /** Gives the load balancers of a region back to their masters. */
  async rebalance(
    region: Region,
    masters: ReadonlyMap<string, Cluster>,
    authority: Authority,
  ): Promise<PairResult[]> {
    const { placements } = this.#parts
    const pairs = placements.pairs.all().filter((pair) => pair.region === region)
    const moves = pairs.flatMap((pair) =>
      CLUSTERS.map((cluster) => {
        const rows = placements.onPair(pair).filter(({ lb_id }) => masters.get(lb_id) === cluster)
        return this.moveTo(
          pair,
          cluster,
          rows.map(({ lb_id }) => lb_id),
          authority,
        )
      }),
    )
    return (await Promise.all(moves)).flat()
  }

  /** Has the node of a cluster own these load balancers. @returns nothing for those that it owns already, and a problem for those that are moving */
  async moveTo(
    pair: StoredPair,
    target: Cluster,
    lbIds: string[],
    authority: Authority,
  ): Promise<PairResult[]> {
    const free = lbIds.filter((lbId) => !this.#changing.has(lbId))
    // They may be about to move to the node that is drained, so it isn't idle afterwards.
    const changing = lbIds
      .filter((lbId) => this.#changing.has(lbId))
      .map((lbId) => ({ lbId, problem: CHANGING }))
    if (free.length === 0) return changing
    for (const lbId of free) this.#changing.add(lbId)
    try {
      const move = (locked: Authority) => this.#moveTo(pair, target, new Set(free), locked)
      return [...changing, ...(await this.#parts.locks.run([pair], authority, move))]
    } catch (error) {
      const problem = problemOf(error)
      return [...changing, ...free.map((lbId) => ({ lbId, problem }))]
    } finally {
      for (const lbId of free) this.#changing.delete(lbId)
    }
  }

  /** Has hosts carry out what they may not have: hand-overs during which a host or this process ended. */
  settle(pair: StoredPair, authority: Authority): Promise<Failover[]> {
    return this.#parts.locks.run([pair], authority, async (locked) => {
      const { placements, hosts } = this.#parts
      const owners = carrierOwners(hosts, pair)
      const open = placements
        .onPair(pair)
        .filter((row) => row.handing_over === 1 && !isUndelivered(row))
      const failovers: Failover[] = []
      for (const owner of CLUSTERS) {
        const rows = open.filter(({ carrier }) => owners[carrier] === owner)
        for (const chunk of chunks(rows)) {
          const answer = await this.#handOvers.handOver(pair, owner, chunk, locked)
          failovers.push(...answer.failovers)
        }
      }
      return failovers
    })
  }

  /**
   * Has each carrier that no HA IP is on owned by the host that prefers it. The first host to run a pair owns both, and keeps them
   * until it is asked. Moves nothing.
   */
  spreadCarriers(pair: StoredPair, authority: Authority): Promise<void> {
    return this.#parts.locks.run([pair], authority, async (locked) => {
      const { placements, hosts, orders } = this.#parts
      for (const carrier of CLUSTERS) {
        const other = otherCluster(carrier)
        const isEmpty = placements.onPair(pair).every((row) => row.carrier !== carrier)
        if (!isEmpty || !isElected(hosts, pair)) continue
        if (carrierOwners(hosts, pair)[carrier] !== other) continue
        if (await this.#handOvers.keepOnly(pair, other, locked)) continue
        await orders.yieldCarrier(pair[other], { pair: pair.number, carrier }, locked)
      }
    })
  }

  async #moveTo(
    pair: StoredPair,
    target: Cluster,
    lbIds: ReadonlySet<string>,
    authority: Authority,
  ): Promise<PairResult[]> {
    const { placements, isReady } = this.#parts
    const owners = carrierOwners(this.#parts.hosts, pair)
    const rows = placements
      .onPair(pair)
      .filter((row) => lbIds.has(row.lb_id) && owners[row.carrier] !== target)
      .filter((row) => !isUndelivered(row))
    if (rows.length === 0) return []
    const problem = this.#problemOf(pair, owners)
    if (problem) return rows.map(({ lb_id: lbId }) => ({ lbId, problem }))
    const ready = rows.filter(({ lb_id }) => isReady(lb_id, target))
    const notReady = `The instance of cluster ${target} is not ready to take over.`
    const results: PairResult[] = rows
      .filter((row) => !ready.includes(row))
      .map(({ lb_id: lbId }) => ({ lbId, problem: notReady }))
    if (ready.length === 0) return results
    const carrier = await this.#carrierOwnedBy(pair, target, authority)
    // Their carriers may have changed.
    const current = ready.flatMap(({ lb_id }) => placements.get(lb_id) ?? [])
    // After a problem the rest stays where it is: a host that doesn't answer would be waited for each time.
    let stopped = typeof carrier === 'string' ? null : carrier.problem
    for (const [at, chunk] of chunks(current).entries()) {
      if (at > 0 && stopped === null) await delay(REST_MS)
      const answer =
        stopped === null && typeof carrier === 'string'
          ? await this.#switchOver(pair, { target, carrier }, chunk, authority)
          : { failovers: [], problem: stopped }
      stopped = answer.problem
      results.push(...resultsOf(chunk, answer))
    }
    return results
  }

  /** If the lock is lost, what hosts have done stays done, and the rest stays where it is. */
  async #switchOver(...order: Parameters<HandOvers['switchOver']>): Promise<HostAnswer> {
    try {
      return await this.#handOvers.switchOver(...order)
    } catch (error) {
      return { failovers: [], problem: problemOf(error) }
    }
  }

  /** Why nothing on a pair can be switched over now. */
  #problemOf(pair: StoredPair, owners: ReturnType<typeof carrierOwners>): string | null {
    const { hosts, orders } = this.#parts
    for (const cluster of CLUSTERS) {
      const nodeId = pair[cluster]
      if (!hosts.isConnected(nodeId)) return `${orders.nameOf(nodeId)} is not connected.`
      if (!pairReport(hosts, nodeId, pair)) return `${orders.nameOf(nodeId)} is not ready.`
    }
    const names = [pair.a, pair.b].map((nodeId) => orders.nameOf(nodeId)).join(' and ')
    for (const carrier of CLUSTERS) {
      if (owners[carrier] === 'both') return `${names} don't reach each other, and both answer.`
      if (owners[carrier] === null) return `Neither ${names.replace(' and ', ' nor ')} answers.`
    }
    return null
  }

  /**
   * A carrier that the node of a cluster owns. If the other node owns both, the load balancers on one of them change to the other
   * carrier, which moves nothing, and then the node gives the empty one up.
   */
  async #carrierOwnedBy(
    pair: StoredPair,
    target: Cluster,
    authority: Authority,
  ): Promise<Cluster | { problem: string }> {
    const { hosts, orders } = this.#parts
    const owners = carrierOwners(hosts, pair)
    if (owners[target] === target) return target
    const other = otherCluster(target)
    if (owners[other] === target) return other
    const problem = await this.#handOvers.keepOnly(pair, other, authority)
    if (problem) return { problem }
    const given = { pair: pair.number, carrier: target }
    const yielded = await orders.yieldCarrier(pair[other], given, authority)
    if (yielded.problem !== null) return { problem: yielded.problem }
    const owns = await this.#until(() => carrierOwners(hosts, pair)[target] === target)
    return owns ? target : { problem: `${orders.nameOf(pair[target])} does not take over.` }
  }

  /** Waits until hosts report what satisfies a condition. */
  async #until(condition: () => boolean): Promise<boolean> {
    if (condition()) return true
    const { promise, resolve } = Promise.withResolvers<boolean>()
    const unsubscribe = this.#parts.hosts.subscribe(() => condition() && resolve(true))
    const timer = setTimeout(resolve, YIELD_MS, false)
    try {
      return await promise
    } finally {
      unsubscribe()
      clearTimeout(timer)
    }
  }
}

/** @throws any error that is not for the person who ordered it */
function problemOf(error: unknown): string {
  if (error instanceof OrderRefused) return error.message
  throw error
}

function resultsOf(rows: readonly PlacementRow[], answer: HostAnswer): PairResult[] {
  const failovers = new Map(answer.failovers.map((failover) => [failover.lb_id, failover]))
  return rows.map(({ lb_id: lbId }) => {
    const failover = failovers.get(lbId)
    return failover ? { lbId, failover } : { lbId, problem: answer.problem ?? 'It was not moved.' }
  })
}

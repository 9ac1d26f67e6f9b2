import type { Logger } from 'pino'
import { CLUSTERS, type Cluster } from '#lib/core/locality.ts'
import type { Authority } from '../authority/authority.ts'
import { OrderRefused } from '../locks/held-lock.ts'
import type { HostAnswer, HostOrders } from '../nodes/hosts/host-orders.ts'
import { otherCluster } from '../placement/carriers.ts'
import type { StoredPair } from '../placement/pairs.ts'
import { nextEpoch, type Placements } from '../placement/placements.ts'
import type { PlacementRow } from '../store/placement-tables.ts'

/** Load balancers in an order after which each host answers for the same ones as before. */
const RELABELLED_MAX = 1000
/**
 * Load balancers that are handed over together. Their new node becomes active for all of them at once, and new connections wait
 * until it is.
 */
const HANDED_OVER_MAX = 50

type Parts = { placements: Placements; orders: HostOrders; log: Logger }

/** Orders to the two hosts of a pair. Callers have the lock of the pair; their authority is checked before each write and order. */
export class HandOvers {
  readonly #parts: Parts

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** Has a node own addresses, then the other one give them up. Both can be repeated. */
  async handOver(
    pair: StoredPair,
    target: Cluster,
    rows: PlacementRow[],
    authority: Authority,
  ): Promise<HostAnswer & { hasArrived: boolean }> {
    const { orders, log } = this.#parts
    const other = otherCluster(target)
    const lbs = this.#labels(rows)
    const arriving = { side: 'arriving', peer: this.#addressOf(pair, other), lbs } as const
    const arrived = await orders.handOver(pair[target], arriving, authority)
    if (arrived.problem !== null) return { ...arrived, hasArrived: false }
    const problem = await this.#giveUp(pair, other, rows, authority)
    if (problem !== null) log.warn({ problem, lbs: rows.length }, 'addresses not given up yet')
    return { failovers: arrived.failovers, problem, hasArrived: true }
  }

  /** Has a node give up addresses that the other one has. @returns why it may not have: whoever has the lock next completes it */
  async #giveUp(
    pair: StoredPair,
    cluster: Cluster,
    rows: PlacementRow[],
    authority: Authority,
  ): Promise<string | null> {
    const { placements, orders } = this.#parts
    const peer = this.#addressOf(pair, otherCluster(cluster))
    const leaving = { side: 'leaving', peer, lbs: this.#labels(rows) } as const
    try {
      const { problem } = await orders.handOver(pair[cluster], leaving, authority)
      if (problem !== null) return problem
      await placements.update(idsOf(rows), () => ({ handing_over: 0 }), authority)
      return null
    } catch (error) {
      if (!(error instanceof OrderRefused)) throw error
      return error.message
    }
  }

  /** Puts addresses on a carrier that their new node owns, and hands them over to it. They are given back if it doesn't take them. */
  async switchOver(
    pair: StoredPair,
    { target, carrier }: { target: Cluster; carrier: Cluster },
    rows: PlacementRow[],
    authority: Authority,
  ): Promise<HostAnswer> {
    const { placements } = this.#parts
    const label = (to: (lbId: string) => Cluster) => (row: PlacementRow) => ({
      carrier: to(row.lb_id),
      carrier_epoch: nextEpoch(row.carrier_epoch),
      handing_over: 1,
    })
    const changed = await placements.update(
      idsOf(rows),
      label(() => carrier),
      authority,
    )
    const answer = await this.handOver(pair, target, changed, authority)
    if (answer.hasArrived || answer.problem === null) return answer
    // The new host may have carried it out without an answer. A later label than that takes it back.
    const before = new Map(rows.map((row) => [row.lb_id, row.carrier]))
    const back = await placements.update(
      idsOf(changed),
      label((lbId) => before.get(lbId) ?? carrier),
      authority,
    )
    await this.handOver(pair, otherCluster(target), back, authority)
    return answer
  }

  /**
   * Puts all load balancers of a pair on the carrier that a host is to keep; the owner stays. Both hosts have to confirm it before the
   * carriers have different owners again, and the labels that they should have already too.
   * @returns why they have not
   */
  async keepOnly(pair: StoredPair, carrier: Cluster, authority: Authority): Promise<string | null> {
    const { placements, orders } = this.#parts
    const toCarrier = (row: PlacementRow) =>
      row.carrier === carrier ? null : { carrier, carrier_epoch: nextEpoch(row.carrier_epoch) }
    await placements.update(idsOf(placements.onPair(pair)), toCarrier, authority)
    // A host that was away may not know of those that have moved to another pair.
    const labelled = [...placements.onPair(pair), ...placements.leaving(pair)]
    for (const chunk of chunks(labelled, RELABELLED_MAX)) {
      const lbs = this.#labels(chunk)
      const answers = await Promise.all(
        CLUSTERS.map((cluster) => {
          const peer = this.#addressOf(pair, otherCluster(cluster))
          return orders.handOver(pair[cluster], { side: 'relabel', peer, lbs }, authority)
        }),
      )
      const failed = answers.find(({ problem }) => problem !== null)
      if (failed) return failed.problem
    }
    return null
  }

  #labels(rows: readonly PlacementRow[]) {
    return rows.map((row) => ({
      lb_id: row.lb_id,
      carriage: this.#parts.placements.carriageOf(row),
    }))
  }

  #addressOf(pair: StoredPair, cluster: Cluster): string {
    return this.#parts.placements.pairs.describe(pair)[cluster].address
  }
}

/** Their load balancers. */
export const idsOf = (rows: readonly PlacementRow[]) => rows.map(({ lb_id }) => lb_id)

/** Those that are handed over one after the other. */
export function chunks(rows: readonly PlacementRow[], size = HANDED_OVER_MAX): PlacementRow[][] {
  const count = Math.ceil(rows.length / size)
  return Array.from({ length: count }, (_, at) => rows.slice(at * size, (at + 1) * size))
}

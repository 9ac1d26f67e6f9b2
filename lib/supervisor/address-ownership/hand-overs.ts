import { randomUUID } from 'node:crypto'
import type { Failover } from '#lib/core/failover.ts'
import type { HostOrder, HostReport } from '#lib/protocol/host-link.ts'
import type { CarriedLb, CarriedLbs } from './carried-lbs.ts'
import type { CarrierLabels } from './carrier-labels.ts'
import type { Carriers } from './carriers.ts'
import { gatherFailovers } from './gather-failovers.ts'
import type { HostNetwork } from './host-network.ts'
import type { NodeOrders } from './node-orders.ts'

export type HandOverOrder = Extract<HostOrder, { type: 'hand_over' }>
export type HandedOver = Pick<Extract<HostReport, { type: 'handed_over' }>, 'failovers' | 'problem'>

type Parts = {
  lbs: CarriedLbs
  carriers: Carriers
  orders: NodeOrders
  network: HostNetwork
  labels: CarrierLabels
  now: () => number
}

/** This host's part of switchovers. */
export class HandOvers {
  readonly #parts: Parts

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** Never rejects: what could not be done is the problem that it resolves to. */
  async carryOut({ side, peer, lbs }: HandOverOrder): Promise<HandedOver> {
    const known = lbs.filter(({ lb_id }) => this.#parts.lbs.addressOf(lb_id) !== null)
    const missing = lbs.length - known.length
    // Of those that the node claims later, the label is all that there is to change.
    const problem =
      side === 'arriving' && missing > 0 ? `${missing} load balancers are not on this host.` : null
    const failovers: Failover[] = []
    try {
      if (side === 'arriving') this.#requireOwner(known)
      this.#parts.labels.save(side === 'arriving' ? known : lbs)
      const carriers = Map.groupBy(
        known.filter((one) => !this.#isOutdated(one)),
        ({ carriage: { pair, carrier } }) => `${pair.number}${carrier}`,
      )
      for (const moved of carriers.values()) {
        failovers.push(...(await this.#move(side, peer, moved)))
      }
      return { failovers, problem }
    } catch (error) {
      return { failovers, problem: (error as Error).message }
    }
  }

  /** Another host owns these load balancers. */
  leave(lbs: CarriedLb[]): void {
    for (const lb of lbs) Object.assign(lb, { owned: null, takeover: null })
    this.#parts.orders.send(lbs)
  }

  /** Whether this host knows of a later change, which it may be carrying out. */
  #isOutdated({ lb_id, carriage }: HandOverOrder['lbs'][number]): boolean {
    const { lbs, labels } = this.#parts
    const known = lbs.get(lb_id)?.carriage.epoch ?? 0
    return Math.max(known, labels.newest(lb_id, carriage).epoch) > carriage.epoch
  }

  /** @throws Error in words if this host doesn't own the carriers that load balancers are to be on */
  #requireOwner(lbs: HandOverOrder['lbs']): void {
    const other = lbs.find(({ carriage }) => !this.#parts.carriers.owns(carriage))
    if (!other) return
    const { pair, carrier } = other.carriage
    throw new Error(`This host doesn't own carrier ${carrier} of pair ${pair.number}.`)
  }

  /** Moves load balancers to one carrier. @throws Error in words */
  async #move(
    side: HandOverOrder['side'],
    peer: string,
    moved: HandOverOrder['lbs'],
  ): Promise<Failover[]> {
    const [first] = moved
    if (!first) return []
    const { pair, carrier } = first.carriage
    const addresses = moved.flatMap(({ lb_id }) => this.#parts.lbs.addressOf(lb_id) ?? [])
    const began = this.#parts.now()
    await this.#parts.network.handOver({ side, peer, pair: pair.number, carrier, addresses })
    const lbs = moved.flatMap(({ lb_id, carriage }) => {
      const address = this.#parts.lbs.addressOf(lb_id)
      return address === null ? [] : [this.#parts.lbs.set(lb_id, { address, carriage })]
    })
    if (side === 'arriving') return this.#arrive(lbs, began)
    if (side === 'leaving') this.leave(lbs)
    return []
  }

  /** Resolves when the node accepts all of them, or after `SWITCHOVER_MS_MAX`. */
  async #arrive(lbs: CarriedLb[], at: number): Promise<Failover[]> {
    const arriving = lbs.filter(({ owned }) => owned === null)
    if (arriving.length === 0) return []
    const since = new Date().toISOString()
    const failovers = await gatherFailovers(arriving.length, (onEnd) => {
      for (const lb of arriving) {
        const id = randomUUID()
        lb.owned = { since, failoverId: id }
        lb.takeover = { id, reason: 'planned', isReturn: false, at, onEnd }
      }
      this.#parts.orders.send(arriving)
    })
    for (const { takeover } of arriving) if (takeover) takeover.onEnd = null
    return failovers
  }
}

import type { Cluster } from '#lib/core/locality.ts'
import type { LostLb } from '#lib/protocol/host-link.ts'
import type { OwnershipLoss } from './address-ownership.ts'
import type { CarriedLb } from './carried-lbs.ts'
import type { CarrierEvent } from './host-network.ts'

/**
 * Why this host loses load balancers, and until when it served them. The other host measures the interruption from this host's last
 * advert, so this host reports how long before or after that it answered.
 */
export class OwnershipLosses {
  readonly #now: () => number
  /** Why no node is ready; null while all are. */
  #node: OwnershipLoss | 'stopping' | null = null

  constructor(now: () => number) {
    this.#now = now
  }

  nodeEnded(loss: OwnershipLoss | undefined): void {
    this.#node = loss ?? 'stopping'
  }

  nodeReady(): void {
    this.#node = null
  }

  /**
   * Notes why and when load balancers are lost.
   * @param lbs that this host owned
   * @param from the cluster of this host's node
   * @returns what to report; nothing if the other host knows the reason
   */
  note(lbs: readonly CarriedLb[], from: Cluster, { loss }: CarrierEvent): LostLb[] {
    const now = this.#now()
    const known = this.#reasonOf(loss, now)
    const servedUntil = now + Math.min(0, known?.answered_ms ?? 0)
    for (const lb of lbs) lb.lost = { at: now, servedUntil, reason: known?.reason ?? 'ended' }
    if (!known) return []
    const at = new Date().toISOString()
    return lbs.map(({ lbId: lb_id, owned }) => {
      const { since } = owned ?? { since: at }
      return { lb_id, from, at, since, ...known }
    })
  }

  #reasonOf(
    loss: CarrierEvent['loss'],
    now: number,
  ): Pick<LostLb, 'reason' | 'answered_ms'> | null {
    if (!loss) return null
    if (loss.how === 'outranked') return { reason: 'preempted', answered_ms: null }
    if (loss.how === 'adverts_stopped') {
      return { reason: 'adverts_lost', answered_ms: loss.answeredMs }
    }
    // The other host sees that itself.
    if (this.#node === 'stopping') return null
    if (!this.#node) return { reason: 'adverts_lost', answered_ms: 0 }
    // The advert of priority 0 left just now.
    return { reason: this.#node.reason, answered_ms: this.#node.at - now }
  }
}

import type { Failover, FailoverReason } from '#lib/core/failover.ts'
import type { Cluster } from '#lib/core/locality.ts'
import { contain } from '#lib/process/faults.ts'
import type { Carriage } from '#lib/protocol/pair.ts'
import type { NodeWorker } from './address-ownership.ts'
import type { HostAddress, HostNetwork } from './host-network.ts'

/** A takeover that the node has not confirmed yet. */
export type Takeover = {
  /** A UUID. */
  id: string
  reason: FailoverReason
  /** Whether no other host owned the address before. */
  isReturn: boolean
  /** When new connections began to wait, of `performance.now()`. */
  at: number
  /** Set while a caller waits for it. */
  onEnd: ((failover: Failover) => void) | null
}

/** A load balancer that this host carries with another one. */
export type CarriedLb = {
  readonly lbId: string
  address: string
  carriage: Carriage
  /** The workers of this host's node that claim it. */
  readonly workers: Set<NodeWorker>
  /** Since when this host owns the address, RFC 3339, and by which failover; null while another host does. */
  owned: { since: string; failoverId?: string | undefined } | null
  takeover: Takeover | null
  /** The last loss of the address: when and why, and until when this host served it, of `performance.now()`. */
  lost: { at: number; servedUntil: number; reason: FailoverReason } | null
}

/** The load balancers of this host, and their addresses in its network. */
export class CarriedLbs {
  readonly #network: HostNetwork
  readonly #carried = new Map<string, CarriedLb>()
  /** The addresses that only this host has, by load balancer. */
  readonly #alone = new Map<string, string>()
  #willSet = false

  constructor(network: HostNetwork) {
    this.#network = network
  }

  get(lbId: string): CarriedLb | undefined {
    return this.#carried.get(lbId)
  }

  /** The HA IP of a load balancer, whether or not another host has it too; null if its node doesn't claim it. */
  addressOf(lbId: string): string | null {
    return this.#carried.get(lbId)?.address ?? this.#alone.get(lbId) ?? null
  }

  all(): Iterable<CarriedLb> {
    return this.#carried.values()
  }

  onCarrier(pair: number, carrier: Cluster): CarriedLb[] {
    return [...this.#carried.values()].filter(
      ({ carriage }) => carriage.pair.number === pair && carriage.carrier === carrier,
    )
  }

  isPairUsed(pair: number): boolean {
    return this.#carried.values().some(({ carriage }) => carriage.pair.number === pair)
  }

  /** Adds a load balancer, or changes its address and carriage. */
  set(lbId: string, { address, carriage }: Pick<CarriedLb, 'address' | 'carriage'>): CarriedLb {
    const lb = this.#carried.get(lbId) ?? {
      lbId,
      address,
      carriage,
      workers: new Set(),
      owned: null,
      takeover: null,
      lost: null,
    }
    Object.assign(lb, { address, carriage })
    this.#carried.set(lbId, lb)
    this.#alone.delete(lbId)
    this.#addressesChanged()
    return lb
  }

  setAlone(lbId: string, address: string): void {
    this.#carried.delete(lbId)
    this.#alone.set(lbId, address)
    this.#addressesChanged()
  }

  delete(lbId: string): void {
    this.#carried.delete(lbId)
    this.#alone.delete(lbId)
    this.#addressesChanged()
  }

  /** Once for all claims of an iteration: a node that starts claims thousands. */
  #addressesChanged(): void {
    if (this.#willSet) return
    this.#willSet = true
    const set = contain(
      'takeover',
      () => {
        this.#willSet = false
        this.#network.setAddresses(this.#addresses())
      },
      () => this.#addressesChanged(),
    )
    setImmediate(set)
  }

  #addresses(): HostAddress[] {
    const carried = [...this.#carried.values()].map(({ address, carriage }) => ({
      address,
      carrier: { pair: carriage.pair.number, carrier: carriage.carrier },
    }))
    const alone = [...this.#alone.values()].map((address) => ({ address, carrier: null }))
    return [...carried, ...alone]
  }
}

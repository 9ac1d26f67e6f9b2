import type { Cluster } from '#lib/core/locality.ts'
import type { CarrierState, HostOrder } from '#lib/protocol/host-link.ts'

/** A carrier of a pair, as the host's network has it. */
export type CarrierId = { pair: number; carrier: Cluster }

/** The owner of a carrier has changed, or is known for the first time. */
export type CarrierEvent = CarrierId & {
  state: CarrierState
  /**
   * At a takeover, how long before it the peer's last advert arrived, milliseconds on this host's clock; null if no peer owned
   * the carrier before.
   */
  silenceMs: number | null
  /**
   * At a loss, how this host lost the carrier, and how long it answered after its last advert, milliseconds; null if it isn't one, or
   * if that is unknown.
   */
  loss: CarrierLoss | null
}

export type CarrierLoss = {
  /** It sent an advert of priority 0, its adverts stopped, or it heard a higher priority. */
  how: 'given_up' | 'adverts_stopped' | 'outranked'
  /** Null: until the peer answered. */
  answeredMs: number | null
}

export type HostPair = {
  number: number
  own: Cluster
  /** IPv4 addresses, to and from which adverts are sent. */
  ownAddress: string
  peerAddress: string
}

/** An HA IP, and the carrier that it is on; null where this host alone has it. */
export type HostAddress = { address: string; carrier: CarrierId | null }

export type HandOver = {
  /** The pair of the carrier; null for none, because this host alone has the addresses. */
  pair: number | null
  carrier: Cluster
  side: Extract<HostOrder, { type: 'hand_over' }>['side']
  addresses: string[]
  /** The other host's address. */
  peer: string
}

/** What a supervisor needs of its host's network: VRRP, and a fence around the addresses that another host owns. */
export interface HostNetwork {
  /** Called with the state of each carrier once it is known, and when it changes. */
  onCarrier: (event: CarrierEvent) => void
  /** Called when a pair's peer is heard for the first time, falls silent, or is heard again. */
  onPeer: (event: { pair: number; isHeard: boolean }) => void
  /** Called with why the network can't be controlled, as a sentence, and with null when it can again. */
  onProblem: (problem: string | null) => void
  /** Begins or goes on to share the pair's carriers with the peer. */
  startPair(pair: HostPair): void
  stopPair(number: number): void
  /** Replaces all HA IPs of this host. */
  setAddresses(addresses: readonly HostAddress[]): void
  /** Whether this host may own carriers: its nodes are ready and not hung. */
  setHealth(ok: boolean): void
  /** Moves addresses to a carrier. @returns how long it took, milliseconds. @throws Error in words */
  handOver(handOver: HandOver): Promise<number>
  /** Lets the peer own a carrier. @throws Error in words */
  yieldCarrier(carrier: CarrierId): Promise<void>
  /** Has neighbours send to this host if it owns the carrier, although the peer does too. @throws Error in words */
  reclaimCarrier(carrier: CarrierId): Promise<void>
  standDown(carrier: CarrierId, forMs: number): void
  /** Gives up all addresses and carriers. */
  shutDown(): Promise<void>
}

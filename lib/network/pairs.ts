import type * as z from 'zod'
import type { Cluster } from '#lib/core/locality.ts'
import { vridOf } from '#lib/protocol/pair.ts'
import { type CarrierName, PairCommand } from './messages.ts'

/** A pair as this host runs it. */
export const LocalPair = PairCommand.omit({ type: true, id: true })
export type LocalPair = z.infer<typeof LocalPair>

/** One VRRP instance of a pair, as this host runs it. */
export type LocalCarrier = CarrierName & {
  vrid: number
  /** VRRP priority of this host, and whether that is the higher one. */
  priority: number
  ownAddress: string
  peerAddress: string
}

/** The priority of the host of the carrier's own cluster, and of the other one. */
const PREFERRED_PRIORITY = 150
const OTHER_PRIORITY = 100

const CARRIERS: readonly Cluster[] = ['a', 'b']

/** Both carriers of a pair. */
export function carriersOf(pair: LocalPair): LocalCarrier[] {
  return CARRIERS.map((carrier) => ({
    pair: pair.number,
    carrier,
    vrid: vridOf(pair.number, carrier),
    priority: carrier === pair.own ? PREFERRED_PRIORITY : OTHER_PRIORITY,
    ownAddress: pair.own_address,
    peerAddress: pair.peer_address,
  }))
}

/** The reverse of `vridOf`. */
export function carrierOf(vrid: number): CarrierName {
  return { pair: Math.ceil(vrid / 2), carrier: vrid % 2 === 1 ? 'a' : 'b' }
}

/** The VRIDs of the pair that a VRID belongs to. */
export function carriersBeside(vrid: number): number[] {
  const { pair } = carrierOf(vrid)
  return CARRIERS.map((carrier) => vridOf(pair, carrier))
}

export function isSamePair(one: LocalPair, other: LocalPair): boolean {
  return (
    one.own === other.own &&
    one.own_address === other.own_address &&
    one.peer_address === other.peer_address
  )
}

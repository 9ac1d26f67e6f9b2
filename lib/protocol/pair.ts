import * as z from 'zod'
import { Cluster } from '#lib/core/locality.ts'
import { NodeName } from './node-name.ts'

/** Pairs have numbers, because VRIDs are 8 bits and each pair needs two. */
export const PAIR_NUMBER_MAX = 127

/**
 * The number of no pair. Load balancers of the local nodes, those of the control plane's own machine, have it in the carriage that
 * hosts are told when they move from there or to there.
 */
export const LOCAL_PAIR_NUMBER = PAIR_NUMBER_MAX

/** A node of a pair, and the address of its host to which VRRP adverts are sent. IPv4. */
export const PairMember = z.object({ node: NodeName, address: z.ipv4() })
export type PairMember = z.infer<typeof PairMember>

/**
 * Two nodes on different hosts, one in each cluster, that carry load balancers for each other. A pair has two carriers, named
 * by the cluster whose host owns them unless it fails. Each carrier is a VRRP instance; whoever owns it owns the HA IPs on it.
 */
export const Pair = z.object({
  /** Unique in the installation: the control plane's machine may be in pairs of several regions. */
  number: z.int().min(1).max(PAIR_NUMBER_MAX),
  a: PairMember,
  b: PairMember,
})
export type Pair = z.infer<typeof Pair>

/** The pair that carries a load balancer, and the carrier that its HA IP is on. */
export const Carriage = z.object({
  pair: Pair,
  carrier: Cluster,
  /** Incremented each time the carrier changes. Of two statements about a load balancer, the one with the higher epoch is true. */
  epoch: z.int().min(0),
})
export type Carriage = z.infer<typeof Carriage>

/** The VRID of a carrier: 1 to 254. */
export function vridOf(pairNumber: number, carrier: Cluster): number {
  return pairNumber * 2 - (carrier === 'a' ? 1 : 0)
}

import * as z from 'zod'
import { Failover, FailoverReason } from '#lib/core/failover.ts'
import { Cluster } from '#lib/core/locality.ts'
import { EgressPolicy } from './egress-policy.ts'
import { AddressNetwork } from './join.ts'
import { NodeName } from './node-name.ts'
import { Carriage, Pair } from './pair.ts'
import { HangReason } from './quarantine.ts'

/**
 * What the control plane and the supervisor of another host say to each other, over mTLS. The supervisor on the control plane's
 * own machine exchanges the messages of supervision.ts over IPC instead.
 *
 * `POST /nodes/v1/host` with a `HostHello`: the response is an endless stream of `HostOrder`, one JSON object a line. The host
 * posts each `HostReport` to `/nodes/v1/host/report`. Both sides ignore messages of types that they don't know, which are of
 * another version.
 */
export const HostHello = z.object({
  host: z.string(),
  version: z.string(),
  /** The IPv4 addresses of its interface for HA IPs. Earlier versions don't send them. */
  addresses: z.array(z.ipv4()).max(100).default([]),
})
export type HostHello = z.input<typeof HostHello>

export const HOST_LINK_PATH = '/nodes/v1/host'
export const HOST_REPORT_PATH = '/nodes/v1/host/report'

/** Load balancers whose HA IPs change their carrier, with what is true from now on. */
const HandOver = z.object({ lb_id: z.string(), carriage: Carriage })

/** For orders where no other host is concerned, or where it is away. */
export const NO_PEER = '0.0.0.0'

export const HostOrder = z.discriminatedUnion('type', [
  /** Where HA IPs come from, and where the node may open connections: what the host was told when it joined. Sent on a new link. */
  z.object({
    type: z.literal('networks'),
    networks: z.array(AddressNetwork),
    egress: EgressPolicy,
  }),
  /**
   * The addresses of the node listeners of all control planes that share a database: `10.0.0.1:3443`. Replaces the former list. The host
   * keeps a link to each. Not sent by those with a database file, nor by earlier versions.
   */
  z.object({ type: z.literal('control_planes'), addresses: z.array(z.string()).min(1).max(100) }),
  /**
   * All pairs of the host; replaces the former list. It runs their VRRP instances whether or not load balancers are on them, so that
   * their carriers have an owner before any load balancer moves there. Sent on a new link before everything else.
   */
  z.object({ type: z.literal('pairs'), pairs: z.array(Pair) }),
  /**
   * A switchover. The host that is to own the addresses gets `arriving` first: it opens them, announces them, and
   * forwards packets of connections that it doesn't know to `peer`. When it has answered, the other gets `leaving`: it keeps its
   * connections in progress and forwards new ones to `peer`. Answered by `handed_over` with the same id.
   */
  z.object({
    type: z.literal('hand_over'),
    id: z.string(),
    side: z.enum(['arriving', 'leaving', 'relabel']),
    /**
     * The other host's address, or `NO_PEER`. A host that is to own addresses without a peer forwards nothing. `relabel` changes the
     * carrier of addresses whose owner stays, and tells which host may announce them soon.
     */
    peer: z.ipv4(),
    lbs: z.array(HandOver),
  }),
  /** Give up a carrier that no HA IP is on, so that the peer owns it. Answered by `carrier_yielded`. */
  z.object({ type: z.literal('yield_carrier'), id: z.string(), pair: z.int(), carrier: Cluster }),
  /**
   * Both hosts of the pair own this carrier, and the other one stands down next: announce the HA IPs on it. Answered by
   * `carrier_reclaimed`.
   */
  z.object({ type: z.literal('reclaim_carrier'), id: z.string(), pair: z.int(), carrier: Cluster }),
  /** Both hosts of the pair own this carrier: don't own it for the time, unless the order is repeated. Milliseconds. */
  z.object({ type: z.literal('stand_down'), pair: z.int(), carrier: Cluster, for_ms: z.int() }),
  /** Sent when nothing else is, so that both sides notice a dead connection. */
  z.object({ type: z.literal('ping') }),
])
export type HostOrder = z.infer<typeof HostOrder>

/** Who owns the carriers of a pair, as a host sees itself. */
export const CarrierState = z.enum(['owner', 'backup', 'fault'])
export type CarrierState = z.infer<typeof CarrierState>

/** A load balancer that a host doesn't own any more. */
export const LostLb = z.object({
  lb_id: z.string(),
  /** The cluster of the host's node. */
  from: Cluster,
  /** When, and since when the host had owned it. RFC 3339, on this host's clock. */
  at: z.string(),
  since: z.string(),
  reason: FailoverReason,
  /**
   * How long the host served it after its last advert; negative if it stopped before that. Null if it served until the other host did.
   * The other host measures the interruption from that advert, so no clocks of two hosts are compared. Milliseconds.
   */
  answered_ms: z.number().nullable(),
})
export type LostLb = z.infer<typeof LostLb>

export const HostReport = z.discriminatedUnion('type', [
  /** All pairs of the host; replaces the former report. */
  z.object({
    type: z.literal('carriers'),
    pairs: z.array(
      z.object({
        pair: z.int(),
        a: CarrierState,
        b: CarrierState,
        /** Whether the peer's adverts arrive. */
        hears_peer: z.boolean(),
      }),
    ),
    /** What keeps the host from owning addresses, as a sentence; null if nothing does. */
    problem: z.string().nullable(),
  }),
  z.object({ type: z.literal('failed_over'), failovers: z.array(Failover) }),
  /** What the host has lost to another one. Completes what that one reports as `failed_over`, before or after this. */
  z.object({ type: z.literal('lost'), lbs: z.array(LostLb) }),
  z.object({
    type: z.literal('handed_over'),
    id: z.string(),
    /** From `arriving`: one for each load balancer. */
    failovers: z.array(Failover),
    problem: z.string().nullable(),
  }),
  z.object({ type: z.literal('carrier_yielded'), id: z.string(), problem: z.string().nullable() }),
  z.object({
    type: z.literal('carrier_reclaimed'),
    id: z.string(),
    problem: z.string().nullable(),
  }),
  /** All nodes of the host that hang and are not killed yet; replaces the former report. */
  z.object({
    type: z.literal('hung'),
    nodes: z.array(z.object({ node: NodeName, reason: HangReason, until: z.string() })),
  }),
])
export type HostReport = z.infer<typeof HostReport>

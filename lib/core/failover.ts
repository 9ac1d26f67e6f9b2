import * as z from 'zod'
import { Cluster } from './locality.ts'

/**
 * Why another node became active: the process of the former one ended, it hung and was killed, its host or the network to it
 * failed, its VRRP adverts stopped although its host runs, a host with a higher VRRP priority preempted it, or a switchover was
 * requested.
 */
export const FailoverReason = z.enum([
  'ended',
  'hung',
  'host_lost',
  'adverts_lost',
  'preempted',
  'planned',
])
export type FailoverReason = z.infer<typeof FailoverReason>

/** A failover or switchover of one load balancer. */
export const Failover = z.object({
  /** A UUID, which `ObservedInstance.failover_id` and the history's entry refer to. */
  id: z.string(),
  lb_id: z.string(),
  /** When the supervisor activated the new node, RFC 3339. */
  at: z.string(),
  /** The cluster of the node that was active before. It equals `to` if that node was back before any other took over. */
  from: Cluster,
  to: Cluster,
  reason: FailoverReason,
  /** The interruption: how long new connections waited in the kernel, at most. Milliseconds, with fractions. */
  gap_ms: z.number(),
})
export type Failover = z.infer<typeof Failover>

/** `GET /fairlead/v1/lbs/{lb_id}/failovers`: newest first, the last 100. */
export const FailoverList = z.object({ failovers: z.array(Failover), total_count: z.int() })
export type FailoverList = z.infer<typeof FailoverList>

/** `POST /fairlead/v1/lbs/{lb_id}/switchover`: the cluster of the instance to activate. Default: the other instance. */
export const SwitchoverRequest = z.object({ to: Cluster.optional() })
export type SwitchoverRequest = z.infer<typeof SwitchoverRequest>

/** The result of switching several load balancers over. */
export const SwitchoverResult = z.object({
  failovers: z.array(Failover),
  /** Why some load balancers were not switched over, in words; null if all were. */
  problem: z.string().nullable(),
})
export type SwitchoverResult = z.infer<typeof SwitchoverResult>

import * as z from 'zod'
import { Cluster } from './locality.ts'

/**
 * Why another node accepts a load balancer's traffic: the former one's process ended, it hung and was ended, or somebody
 * asked for it.
 */
export const FailoverReason = z.enum(['ended', 'hung', 'planned'])
export type FailoverReason = z.infer<typeof FailoverReason>

/** A load balancer's traffic that another node accepts from `at` on. */
export const Failover = z.object({
  /** A UUID, which `ObservedInstance.failover_id` refers to. */
  id: z.string(),
  lb_id: z.string(),
  /** When the new node was told to accept, RFC 3339. */
  at: z.string(),
  /** The cluster whose node accepted before; the same one where that came back before any other. */
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

/** `POST /fairlead/v1/lbs/{lb_id}/switchover`: to which cluster's instance; to the other one where left out. */
export const SwitchOver = z.object({ to: Cluster.optional() })
export type SwitchOver = z.infer<typeof SwitchOver>

/** What came of moving several load balancers. */
export const MovedLbs = z.object({
  failovers: z.array(Failover),
  /** Why some stay where they are, in a person's words; null where all have moved. */
  problem: z.string().nullable(),
})
export type MovedLbs = z.infer<typeof MovedLbs>

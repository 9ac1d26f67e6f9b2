import * as z from 'zod'
import { Cluster, Region } from './locality.ts'
import { Quarantine } from './quarantine.ts'

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

/** One of the nodes that load balancers' instances run on. */
export const NodeStatus = z.object({
  /** Its region and cluster: `fr-par-a`. */
  name: z.string(),
  region: Region,
  cluster: Cluster,
  connected: z.boolean(),
  /** Its worker processes: how many of how many report. */
  workers: z.object({ connected: z.int(), total: z.int() }),
  /** The load balancers that it has, and those whose traffic it accepts. */
  lbs: z.int(),
  active_lbs: z.int(),
  /** The load balancers whose newest generation is in quarantine on it. */
  quarantined: z.array(
    Quarantine.extend({
      lb_id: z.string(),
      lb_name: z.string(),
      /** Why, and what to do about it. */
      problem: z.string(),
    }),
  ),
  /** Why it is unresponsive and not restarted yet; null otherwise. */
  problem: z.string().nullable(),
  /** Faults of its processes since they started. Each failed one connection, check or the like, and nothing else. */
  faults: z.object({
    total: z.int(),
    /** Time (RFC 3339) and message of the last one; null for none. */
    last_at: z.string().nullable(),
    last_message: z.string().nullable(),
  }),
})
export type NodeStatus = z.infer<typeof NodeStatus>

/** `GET /fairlead/v1/nodes`: those that have been started. */
export const NodeList = z.object({ nodes: z.array(NodeStatus) })
export type NodeList = z.infer<typeof NodeList>

import * as z from 'zod'
import { Cluster, Region } from './locality.ts'
import { Quarantine } from './quarantine.ts'

/**
 * `registered`: it has a credential and has not connected with it yet. `joined`: it has connected. `revoked`: its
 * credential is refused.
 */
export const NodeState = z.enum(['registered', 'joined', 'revoked'])
export type NodeState = z.infer<typeof NodeState>

/** A node in the registry. A cluster of a region can have several. */
export const RegisteredNode = z.object({
  /** Opaque, and the node's for good. */
  id: z.string(),
  /** For people, unique in the installation: `fr-par-a`. */
  name: z.string(),
  region: Region,
  cluster: Cluster,
  /** The name of the host that it runs on. */
  host: z.string(),
  /** The version of Fairlead that it runs; null until it connects for the first time. */
  version: z.string().nullable(),
  state: NodeState,
})
export type RegisteredNode = z.infer<typeof RegisteredNode>

/** A node and what it reports. */
export const NodeStatus = RegisteredNode.extend({
  connected: z.boolean(),
  /** Its worker processes: how many of how many are connected. */
  workers: z.object({ connected: z.int(), total: z.int() }),
  /** How many load balancers it has, and for how many it is the active node. */
  lbs: z.int(),
  active_lbs: z.int(),
  /** The load balancers whose newest generation is in quarantine on it. */
  quarantined: z.array(
    Quarantine.extend({
      lb_id: z.string(),
      lb_name: z.string(),
      /** The cause and the remedy, in one or two sentences. */
      problem: z.string(),
    }),
  ),
  /** Why it hangs and is not restarted yet; null otherwise. */
  problem: z.string().nullable(),
  /** Contained exceptions of its processes since they started. Each failed one connection, request or check. */
  faults: z.object({
    total: z.int(),
    /** Time (RFC 3339) and message of the last one; null if there is none. */
    last_at: z.string().nullable(),
    last_message: z.string().nullable(),
  }),
})
export type NodeStatus = z.infer<typeof NodeStatus>

/** `GET /fairlead/v1/nodes`: by name, without revoked ones. */
export const NodeList = z.object({ nodes: z.array(NodeStatus) })
export type NodeList = z.infer<typeof NodeList>

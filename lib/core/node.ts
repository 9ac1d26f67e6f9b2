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
  /** IPv4, for VRRP adverts between hosts; null if its host is not part of a pair. */
  address: z.string().nullable(),
  /** The version of Fairlead that it runs; null until it connects for the first time. */
  version: z.string().nullable(),
  state: NodeState,
  /** When its certificate ends; null for a node on the control plane's own machine, which has none. */
  certificate_expires_at: z.string().nullable(),
})
export type RegisteredNode = z.infer<typeof RegisteredNode>

/** What the loss of a node's host has caused. */
export const NodeOutage = z.object({
  /** When the node was last heard of. */
  since: z.string(),
  /** The load balancers that are placed on it: they have no second instance now. */
  lbs: z.int(),
  /** How many of them failed over, and the longest interruption; null if none did. */
  failovers: z.int(),
  longest_gap_ms: z.number().nullable(),
})
export type NodeOutage = z.infer<typeof NodeOutage>

/** A node and what it reports. */
export const NodeStatus = RegisteredNode.extend({
  connected: z.boolean(),
  /** When it was last heard of, also if it is connected; null if it never was. */
  last_seen_at: z.string().nullable(),
  /** Whether it is draining: nothing new is placed on it until it is returned to service. */
  draining: z.boolean(),
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
  /**
   * Why it hangs and is not restarted yet, that its host has another address, what keeps that from owning HA IPs, or that its certificate
   * ends soon; null otherwise.
   */
  problem: z.string().nullable(),
  /** Null unless it joined from another machine and is not connected any more. */
  outage: NodeOutage.nullable(),
  /** Contained exceptions of its processes since they started. Each failed one connection, request or check. */
  faults: z.object({
    total: z.int(),
    /** Time (RFC 3339) and message of the last one; null if there is none. */
    last_at: z.string().nullable(),
    last_message: z.string().nullable(),
  }),
})
export type NodeStatus = z.infer<typeof NodeStatus>

const NAME_RULE =
  'A name has 1 to 40 lowercase letters, digits and hyphens, and begins with a letter or digit.'

/** `POST /fairlead/v1/nodes/tokens`: the node that is to join. */
export const NewNode = z.object({
  region: Region,
  cluster: Cluster,
  name: z
    .string()
    .max(40, { error: NAME_RULE })
    .regex(/^[a-z0-9][a-z0-9-]*$/, { error: NAME_RULE }),
})
export type NewNode = z.infer<typeof NewNode>

/** A token with which a host joins as this node, once. */
export const JoinTokenCreated = z.object({
  token: z.string(),
  /** What to run on the host, in a clone of Fairlead. */
  command: z.string(),
  expires_at: z.string(),
})
export type JoinTokenCreated = z.infer<typeof JoinTokenCreated>

/** A node that has a token and has not joined yet. */
export const PendingNode = NewNode.extend({ created_at: z.string(), expires_at: z.string() })
export type PendingNode = z.infer<typeof PendingNode>

/** `GET /fairlead/v1/nodes`: by name, without revoked ones. */
export const NodeList = z.object({
  nodes: z.array(NodeStatus),
  pending: z.array(PendingNode),
  /** Where nodes of other machines connect, as `host:port`; null if `FAIRLEAD_NODE_ADDRESS` is not set. */
  node_address: z.string().nullable(),
  /** Whether the control plane's own machine runs nodes: `FAIRLEAD_ROLES` has `node`. */
  local_nodes: z.boolean(),
  /** Whether this is the demo of several machines, whose hosts have plugs to pull. */
  demo: z.boolean(),
  /** The version of the control plane. */
  version: z.string(),
})
export type NodeList = z.infer<typeof NodeList>

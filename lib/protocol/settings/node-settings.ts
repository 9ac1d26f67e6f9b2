import * as z from 'zod'
import { EgressPolicy } from '../egress-policy.ts'
import { NodeName } from '../node-name.ts'

/** The settings of a node's process. A supervisor that adopts the node sends some of them again. */
export const NodeSettings = z.object({
  node: NodeName,
  /** The URL of each control plane. The node follows all of them, and reports to all. */
  apiUrls: z.array(z.url()).min(1),
  /** The bearer token with which the node proves to the control plane that it is this node; null on a joined host. */
  credential: z.string().min(1).nullable(),
  /** The file with the node's key and certificate on a joined host, which calls the control plane over mTLS; otherwise null. */
  identityFile: z.string().min(1).nullable(),
  dataDir: z.string().min(1),
  /** The number of this worker process, from 1. */
  worker: z.int().min(1),
  /** How many worker processes the node has. */
  workers: z.int().min(1),
  /** The directory of the socket at which another supervisor can adopt this process; null if it ends with its supervisor. */
  runDir: z.string().min(1).nullable(),
  /** The interval of heartbeats, milliseconds. */
  heartbeatMs: z.int().min(1),
  /** Whether the node applies configurations only with a grant from the supervisor. */
  needsApplyGrant: z.boolean(),
  /** The addresses to which it may open connections. */
  egress: EgressPolicy,
})
export type NodeSettings = z.output<typeof NodeSettings>

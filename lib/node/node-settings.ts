import * as z from 'zod'
import { EgressPolicy } from '#lib/protocol/egress-policy.ts'
import { NodeName } from '#lib/protocol/node-name.ts'
import { BUILT_IN } from '#lib/runtime/sockets/egress-gate.ts'

const Environment = z.object({
  FAIRLEAD_NODE: NodeName,
  FAIRLEAD_API_URL: z.url(),
  FAIRLEAD_NODE_CREDENTIAL: z.string().min(1),
  FAIRLEAD_DATA_DIR: z.string().min(1),
  FAIRLEAD_WORKER: z.coerce.number().int().min(1).default(1),
  FAIRLEAD_WORKERS: z.coerce.number().int().min(1).default(1),
  FAIRLEAD_RUN_DIR: z.string().optional(),
  FAIRLEAD_APPLY_IN_TURN: z.string().optional(),
  FAIRLEAD_EGRESS_POLICY: z
    .string()
    .transform((text) => EgressPolicy.parse(JSON.parse(text)))
    .default(BUILT_IN),
  FAIRLEAD_HEARTBEAT_MS: z.coerce.number().int().min(1).default(50),
})

/** A node's settings, from its supervisor. A supervisor that adopts the node sends some of them again. */
export type NodeSettings = {
  node: NodeName
  apiUrl: string
  /** What the node presents to the control plane to prove that it is this node. */
  credential: string
  dataDir: string
  /** Which of the node's worker processes this is, from 1, and how many there are. */
  worker: number
  workers: number
  /** The directory of the socket at which another supervisor adopts this process; null if it ends with its supervisor. */
  runDir: string | null
  /** Interval of heartbeats, milliseconds. */
  heartbeatMs: number
  /** Whether configurations are applied only while the supervisor grants it. */
  applyInTurn: boolean
  /** The addresses to which sockets may be opened. */
  egress: EgressPolicy
}

/** @throws Error that names the missing and the invalid variables */
export function readNodeSettings(env: NodeJS.ProcessEnv): NodeSettings {
  const parsed = Environment.safeParse(env)
  if (!parsed.success) throw new Error(z.prettifyError(parsed.error))
  return {
    node: parsed.data.FAIRLEAD_NODE,
    apiUrl: parsed.data.FAIRLEAD_API_URL,
    credential: parsed.data.FAIRLEAD_NODE_CREDENTIAL,
    dataDir: parsed.data.FAIRLEAD_DATA_DIR,
    worker: parsed.data.FAIRLEAD_WORKER,
    workers: parsed.data.FAIRLEAD_WORKERS,
    runDir: parsed.data.FAIRLEAD_RUN_DIR ?? null,
    heartbeatMs: parsed.data.FAIRLEAD_HEARTBEAT_MS,
    applyInTurn: parsed.data.FAIRLEAD_APPLY_IN_TURN === '1',
    egress: parsed.data.FAIRLEAD_EGRESS_POLICY,
  }
}

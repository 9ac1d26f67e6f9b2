import * as z from 'zod'
import { CheckedServer } from '#lib/core/draft-check.ts'
import { CLUSTERS, type Cluster, type Region } from '#lib/core/locality.ts'
import { REGIONS } from '#lib/core/regions.ts'
import { DesiredConfig, DesiredDraft } from './desired-config.ts'

/** What a node has of a load balancer. `revision` is "" where it was kept before there were revisions. */
export const KnownConfig = z.object({
  generation: z.int(),
  revision: z.string(),
  changed_at: z.string(),
  address: z.string().nullable(),
})
export type KnownConfig = z.infer<typeof KnownConfig>

/**
 * How a node follows the control plane. It opens `POST /nodes/v1/{node}/config` with what it has, and the
 * answer is an endless stream of `ConfigMessage`, one JSON a line. Both calls carry `Authorization: Bearer`
 * with the secret that the supervisor gave to both sides.
 */
export const Known = z.object({
  known: z.record(z.string(), KnownConfig),
  /** How many worker processes the node is made of. */
  workers: z.int().min(1).default(1),
})
export type Known = z.infer<typeof Known>

export const ConfigMessage = z.discriminatedUnion('type', [
  z.object({ type: z.literal('apply'), config: DesiredConfig }),
  z.object({ type: z.literal('remove'), lb_id: z.string() }),
  /** Check each server once, keep nothing, and post the outcomes under this id. */
  z.object({ type: z.literal('check'), id: z.string(), draft: DesiredDraft }),
  /** Everything that differed from what the node had has been sent. */
  z.object({ type: z.literal('synced') }),
  /** Sent every few seconds, so that a dead connection is noticed. */
  z.object({ type: z.literal('ping') }),
])
export type ConfigMessage = z.infer<typeof ConfigMessage>

/** `POST /nodes/v1/{node}/checks/{id}`: the servers that the node could check. */
export const CheckReport = z.object({ servers: z.array(CheckedServer) })
export type CheckReport = z.infer<typeof CheckReport>

export const PING_INTERVAL_MS = 2000

/** A node's name: its region and cluster, `fr-par-a`. */
export type NodeName = `${Region}-${Cluster}`

export const NODE_NAMES = REGIONS.flatMap((region) =>
  CLUSTERS.map((cluster): NodeName => `${region}-${cluster}`),
)
export const NodeName = z.enum(NODE_NAMES as [NodeName, ...NodeName[]])

export function nodeName(region: Region, cluster: Cluster): NodeName {
  return `${region}-${cluster}`
}

/** The region and cluster of a node's name. */
export function nodePlace(name: NodeName): { region: Region; cluster: Cluster } {
  return { region: name.slice(0, -2) as Region, cluster: name.slice(-1) as Cluster }
}

/** One process of a node: the node's own name for its first, `fr-par-a/2` for another. */
export type WorkerName = NodeName | `${NodeName}/${number}`

export function workerName(node: NodeName, worker: number): WorkerName {
  return worker === 1 ? node : `${node}/${worker}`
}

/** The node that a process belongs to. */
export function nodeOf(worker: WorkerName): NodeName {
  return worker.split('/', 1)[0] as NodeName
}

/** Several workers of a node each follow and report for themselves; the first needs no naming. */
const workerQuery = (worker: number) => (worker === 1 ? '' : `?worker=${worker}`)

export const configPath = (node: NodeName, worker = 1) =>
  `/nodes/v1/${node}/config${workerQuery(worker)}`
export const reportPath = (node: NodeName, worker = 1) =>
  `/nodes/v1/${node}/report${workerQuery(worker)}`
export const checkPath = (node: NodeName, id: string) => `/nodes/v1/${node}/checks/${id}`

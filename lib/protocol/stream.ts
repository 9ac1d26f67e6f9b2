import * as z from 'zod'
import { CheckedServer } from '#lib/core/draft-check.ts'
import { DesiredConfig, DesiredDraft } from './desired-config.ts'

/** The generation of a load balancer that a node has. `revision` is "" if it was saved before revisions existed. */
export const KnownConfig = z.object({
  generation: z.int(),
  revision: z.string(),
  changed_at: z.string(),
  address: z.string().nullable(),
})
export type KnownConfig = z.infer<typeof KnownConfig>

/**
 * `POST /nodes/v1/config`: a node's worker follows the control plane. The answer is an endless stream of `ConfigMessage`,
 * one JSON object a line. Every call of a node carries its own credential as a bearer token, which says which node it is.
 */
export const FollowRequest = z.object({
  /** What the worker has, by load balancer. */
  known: z.record(z.string(), KnownConfig),
  /** How many worker processes the node has. */
  workers: z.int().min(1).default(1),
  /** The version of Fairlead that the node runs. */
  version: z.string(),
})
export type FollowRequest = z.infer<typeof FollowRequest>

/**
 * The position in the row log of the snapshot that a message was read from, by which a node orders the messages of several control
 * planes. Those with a database file, which are alone, don't send it, nor do earlier versions.
 */
const AsOf = z.int().min(0).optional()

export const ConfigMessage = z.discriminatedUnion('type', [
  z.object({ type: z.literal('apply'), config: DesiredConfig, as_of: AsOf }),
  z.object({ type: z.literal('remove'), lb_id: z.string(), as_of: AsOf }),
  /** A draft check: check each server once, save nothing, and post the outcomes under this id. */
  z.object({ type: z.literal('check'), id: z.string(), draft: DesiredDraft }),
  /** The node has been sent everything that differs from what it had. */
  z.object({ type: z.literal('synced') }),
  /** Sent when nothing else is, so that both sides notice a dead connection. */
  z.object({ type: z.literal('ping') }),
])
export type ConfigMessage = z.infer<typeof ConfigMessage>

/** `POST /nodes/v1/checks/{id}`: the outcomes of a draft check, of those servers that the node could check. */
export const CheckReport = z.object({ servers: z.array(CheckedServer) })
export type CheckReport = z.infer<typeof CheckReport>

/** Between two messages at most. */
export const PING_INTERVAL_MS = 2000

/** Each worker process follows and reports for itself. */
const workerQuery = (worker: number) => (worker === 1 ? '' : `?worker=${worker}`)

export const configPath = (worker: number) => `/nodes/v1/config${workerQuery(worker)}`
export const reportPath = (worker: number) => `/nodes/v1/report${workerQuery(worker)}`
export const checkPath = (checkId: string) => `/nodes/v1/checks/${checkId}`

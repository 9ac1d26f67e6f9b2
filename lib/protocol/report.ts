import * as z from 'zod'
import {
  BackendCounters,
  Counters,
  FrontendCounters,
  ObservedListener,
  ObservedServer,
} from '#lib/core/observed.ts'
import { QuarantinedLb } from './quarantine.ts'

/** When a change of a load balancer is reported: `immediate` at once, `batched` with the counters of the next round. */
export type ReportPriority = 'immediate' | 'batched'

/** The whole present state of one load balancer on one node. */
export const LbReport = z.object({
  lb_id: z.string(),
  generation: z.int(),
  /** When the node applied that generation, RFC 3339. */
  applied_at: z.string(),
  /** A newer generation that the node rejected, and why. The generation above stays in effect. */
  rejected: z.object({ generation: z.int(), reason: z.string() }).optional(),
  /** Why that generation is not the node's last good configuration on disk; missing if it is. */
  not_kept: z.string().optional(),
  /** Settings of that generation that can't be applied, one sentence each, at most 20; missing from older nodes. */
  problems: z.array(z.string()).default([]),
  active: z.boolean(),
  active_since: z.string().nullable(),
  /** The failover that made it active; missing if there was none, and from older nodes. */
  failover_id: z.string().optional(),
  listeners: z.array(ObservedListener),
  servers: z.array(ObservedServer),
  /** When the counters were zero, RFC 3339; it changes when they start again. */
  counting_since: z.string(),
  counters: Counters,
  /** Lines missing from the access log because they could not be written in time. */
  access_log_dropped: z.int(),
  /** Frontends whose rules exceed the limits of `lib/core/matching-limits.ts`; missing from older nodes. */
  costly_frontends: z
    .array(
      z.object({
        frontend_id: z.string(),
        /** Steps per character of a path, of all their regular expressions. */
        steps: z.int(),
      }),
    )
    .optional(),
  /** Per frontend, per backend and per server ("backend id/address"). */
  frontend_counters: z.record(z.string(), FrontendCounters),
  backend_counters: z.record(z.string(), BackendCounters),
  server_counters: z.record(z.string(), Counters),
})
export type LbReport = z.infer<typeof LbReport>

/** A load balancer's report by its engine. The node's agent adds the rest. */
export type EngineReport = Omit<LbReport, 'rejected' | 'not_kept'>

/** Faults of one boundary since the process started. */
export const FaultReport = z.object({
  boundary: z.string(),
  total: z.int(),
  /** Time (RFC 3339) and message (one line) of the last one. */
  last_at: z.string(),
  words: z.string(),
})
export type FaultReport = z.infer<typeof FaultReport>

/** `POST /nodes/v1/report`. */
export const NodeReport = z.object({
  /** The load balancers whose state changed since the last report. */
  lbs: z.array(LbReport),
  /** All generations in quarantine on the node; missing if unchanged since the last report. */
  quarantined: z.array(QuarantinedLb).optional(),
  /** All faults of the process since it started; missing if there are none. */
  faults: z.array(FaultReport).optional(),
})
export type NodeReport = z.infer<typeof NodeReport>

import * as z from 'zod'
import {
  BackendCounters,
  Counters,
  FrontendCounters,
  ObservedListener,
  ObservedServer,
} from '#lib/core/observed.ts'
import { QuarantinedLb } from './quarantine.ts'

/** What a node says of one load balancer: its present state, whole. */
export const LbReport = z.object({
  lb_id: z.string(),
  generation: z.int(),
  /** When it put that generation into effect, RFC 3339. */
  applied_at: z.string(),
  /** A newer generation that it could not put into effect, and why in words; missing where there is none. */
  not_applied: z.object({ generation: z.int(), reason: z.string() }).optional(),
  /** Why that generation is not on the node's disk, from which it starts; missing where it is. */
  not_kept: z.string().optional(),
  /** What of that generation can't be carried out as it says, in sentences, 20 at most; missing from older nodes. */
  problems: z.array(z.string()).default([]),
  active: z.boolean(),
  active_since: z.string().nullable(),
  listeners: z.array(ObservedListener),
  servers: z.array(ObservedServer),
  /** When its counters were zero, RFC 3339: another time means that they began anew. */
  counting_since: z.string(),
  counters: Counters,
  /** Lines that are missing in the access log, as they couldn't be written in time. */
  access_log_dropped: z.int(),
  /** Frontends whose rules are beyond the limits of `lib/core/matching-limits.ts`; missing where nodes are of before these. */
  costly_frontends: z
    .array(
      z.object({
        frontend_id: z.string(),
        /** What their regular expressions take for one character of a path. */
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

/** Exceptions that a process contained since it began, of one kind of callback. */
export const FaultReport = z.object({
  boundary: z.string(),
  total: z.int(),
  /** When the last one was, RFC 3339, and what it said in one line. */
  last_at: z.string(),
  words: z.string(),
})
export type FaultReport = z.infer<typeof FaultReport>

/** `POST /nodes/v1/{node}/report`. */
export const NodeReport = z.object({
  /** The load balancers whose state changed since the last one. */
  lbs: z.array(LbReport),
  /** All generations that the node does not run, as they have ended it; missing where they are as said before. */
  quarantined: z.array(QuarantinedLb).optional(),
  /** What failed in the process itself, by kind and as a whole; missing where nothing did. */
  faults: z.array(FaultReport).optional(),
})
export type NodeReport = z.infer<typeof NodeReport>

import * as z from 'zod'
import { Failover } from './failover.ts'
import { Paging } from './list.ts'

/** The types of events. */
export const EVENT_TYPES = [
  'servers.down',
  'servers.up',
  'backend.down',
  'backend.up',
  'lb.error',
  'lb.ready',
  'lb.failover',
  'lb.quarantined',
  'lb.unquarantined',
  'lb.split_brain',
  'lb.split_brain_resolved',
  'node.certificate_expiring',
  'node.certificate_renewed',
  'test',
] as const
export const EventType = z.enum(EVENT_TYPES)
export type EventType = z.infer<typeof EventType>

/** The JSON body of a webhook. Keys may be added; `version` changes if a key is removed or changes its meaning. */
export const EventBody = z.object({
  version: z.literal(1),
  /** The same in every attempt, so that receivers can deduplicate. */
  id: z.string(),
  type: EventType,
  /** The time of the event, RFC 3339. */
  at: z.string(),
  /** The event as a sentence. */
  text: z.string(),
  /** Null for a test. */
  load_balancer: z
    .object({ id: z.string(), name: z.string(), region: z.string(), zone: z.string() })
    .nullable(),
  /** With `servers.down` and `servers.up`: the first 100 servers; `server_count` counts all. */
  servers: z
    .array(
      z.object({
        backend_id: z.string(),
        backend_name: z.string(),
        address: z.string(),
        /** The result of the last health check. */
        reason: z.string(),
        since: z.string().nullable(),
      }),
    )
    .optional(),
  server_count: z.int().optional(),
  /** With `backend.down` and `backend.up`. */
  backend: z.object({ id: z.string(), name: z.string() }).optional(),
  /** With `lb.error`, `lb.quarantined` and `node.certificate_expiring`: the problems, one sentence each. */
  problems: z.array(z.string()).optional(),
  /** With `lb.failover`. */
  failover: Failover.omit({ lb_id: true, at: true }).optional(),
})
export type EventBody = z.infer<typeof EventBody>

export const DeliveryStatus = z.enum(['pending', 'delivered', 'given_up'])
export type DeliveryStatus = z.infer<typeof DeliveryStatus>

/** One attempt of a delivery. */
export const DeliveryAttempt = z.object({
  at: z.string(),
  /** The HTTP status or the SMTP reply code; null if there was none, or if it is hidden (see `outcome`). */
  status: z.int().nullable(),
  /**
   * The result: "HTTP 200", "The receiver did not answer within 5 s". For a webhook in a private network only "Delivered" or "Could
   * not be delivered", unless `FAIRLEAD_WEBHOOK_NETWORKS` lists that network.
   */
  outcome: z.string(),
  duration_ms: z.number(),
})
export type DeliveryAttempt = z.infer<typeof DeliveryAttempt>

/** The delivery of an event to a subscriber. */
export const Delivery = z.object({
  id: z.int(),
  /** The same in every attempt, so that receivers can deduplicate. */
  event_id: z.string(),
  event_type: EventType,
  /** Null for a test. */
  lb_id: z.string().nullable(),
  /** The time of the event. */
  at: z.string(),
  status: DeliveryStatus,
  /** The number of all attempts. */
  attempt_count: z.int(),
  /** The last attempts, oldest first. */
  attempts: z.array(DeliveryAttempt),
  /** The time of the next attempt; null unless pending. */
  next_attempt_at: z.string().nullable(),
})
export type Delivery = z.infer<typeof Delivery>

/** `GET /fairlead/v1/subscribers/{subscriber_id}/deliveries`: newest first. */
export const DeliveryList = z.object({ deliveries: z.array(Delivery), total_count: z.int() })
export type DeliveryList = z.infer<typeof DeliveryList>

export const ListDeliveries = Paging

/** `POST /fairlead/v1/subscribers/{subscriber_id}/secret`: the new secret, returned only here. */
export const SubscriberSecret = z.object({ secret: z.string() })
export type SubscriberSecret = z.infer<typeof SubscriberSecret>

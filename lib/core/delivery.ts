import * as z from 'zod'
import { Failover } from './failover.ts'
import { Paging } from './list.ts'

/** What subscribers are told of. */
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
  'test',
] as const
export const EventType = z.enum(EVENT_TYPES)
export type EventType = z.infer<typeof EventType>

/** What a webhook is sent, as JSON. New keys may come; `version` changes where one goes or comes to mean another thing. */
export const EventBody = z.object({
  version: z.literal(1),
  /** The same in every attempt: receivers know duplicates by it. */
  id: z.string(),
  type: EventType,
  /** When it happened, RFC 3339. */
  at: z.string(),
  /** What happened, in a person's words. */
  text: z.string(),
  /** Null for a test. */
  load_balancer: z
    .object({ id: z.string(), name: z.string(), region: z.string(), zone: z.string() })
    .nullable(),
  /** With `servers.down` and `servers.up`: the first 100, and how many there are in all. */
  servers: z
    .array(
      z.object({
        backend_id: z.string(),
        backend_name: z.string(),
        address: z.string(),
        /** What the last health check found, in words. */
        reason: z.string(),
        since: z.string().nullable(),
      }),
    )
    .optional(),
  server_count: z.int().optional(),
  /** With `backend.down` and `backend.up`. */
  backend: z.object({ id: z.string(), name: z.string() }).optional(),
  /** With `lb.error` and `lb.quarantined`: what is wrong, one sentence each. */
  problems: z.array(z.string()).optional(),
  /** With `lb.failover`. */
  failover: Failover.omit({ lb_id: true, at: true }).optional(),
})
export type EventBody = z.infer<typeof EventBody>

export const DeliveryStatus = z.enum(['pending', 'delivered', 'given_up'])
export type DeliveryStatus = z.infer<typeof DeliveryStatus>

/** One time that something was sent. */
export const DeliveryAttempt = z.object({
  at: z.string(),
  /** The receiver's HTTP status, or the mail server's reply code; null where there was none, or `outcome` doesn't tell. */
  status: z.int().nullable(),
  /**
   * What came of it, in words: "HTTP 200", "The receiver did not answer within 5 s". Of a webhook in a private network only
   * "Delivered" or "Could not be delivered", unless `FAIRLEAD_WEBHOOK_NETWORKS` names that network.
   */
  outcome: z.string(),
  duration_ms: z.number(),
})
export type DeliveryAttempt = z.infer<typeof DeliveryAttempt>

/** An event for a subscriber, and how it was sent. */
export const Delivery = z.object({
  id: z.int(),
  /** The same in every attempt: receivers know duplicates by it. */
  event_id: z.string(),
  event_type: EventType,
  /** Null for a test. */
  lb_id: z.string().nullable(),
  /** When it happened. */
  at: z.string(),
  status: DeliveryStatus,
  /** How often it was tried in all. */
  attempt_count: z.int(),
  /** The last of them, oldest first. */
  attempts: z.array(DeliveryAttempt),
  /** When it is tried next; null once it is not pending. */
  next_attempt_at: z.string().nullable(),
})
export type Delivery = z.infer<typeof Delivery>

/** `GET /fairlead/v1/subscribers/{subscriber_id}/deliveries`: newest first. */
export const DeliveryList = z.object({ deliveries: z.array(Delivery), total_count: z.int() })
export type DeliveryList = z.infer<typeof DeliveryList>

export const ListDeliveries = Paging

/** `POST /fairlead/v1/subscribers/{subscriber_id}/secret`: the new secret, in this answer only. */
export const SubscriberSecret = z.object({ secret: z.string() })
export type SubscriberSecret = z.infer<typeof SubscriberSecret>

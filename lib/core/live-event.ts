import * as z from 'zod'
import { idFilter } from './fields.ts'
import { ObservedLb } from './observed.ts'

/**
 * The server-sent events of `GET /fairlead/v1/events` (HTML Living Standard, section 9.2): `type` is the event's name, the other fields
 * are its data. An event names the objects that have to be fetched again. Only `report`, for the watched load balancer, contains the
 * observed state, because the counters in it change every second.
 */
export const LiveEvent = z.discriminatedUnion('type', [
  /** Everything has to be fetched again. The first event of every stream. */
  z.object({ type: z.literal('resync') }),
  /** A load balancer or one of its rules was created, changed or deleted. */
  z.object({ type: z.literal('lb'), lb_id: z.string() }),
  /** A load balancer's observed state changed: the active instance, a listener or a server's health. */
  z.object({ type: z.literal('observed'), lb_id: z.string() }),
  /** The observed state of the watched load balancer. */
  z.object({ type: z.literal('report'), observed: ObservedLb }),
  /** An IP was allocated, attached, changed or released. */
  z.object({ type: z.literal('ips') }),
  /** A node was added, joined or removed, or has connected, disconnected or reported another state of its host. */
  z.object({ type: z.literal('nodes') }),
])
export type LiveEvent = z.infer<typeof LiveEvent>

/** Query of `GET /fairlead/v1/events`. */
export const FollowEvents = z.object({
  /** Limits load balancer events to this one. Events of IPs and nodes are not limited. */
  lb_id: idFilter('lb_id').optional(),
})
export type FollowEvents = z.infer<typeof FollowEvents>

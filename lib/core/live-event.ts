import * as z from 'zod'
import { idFilter } from './fields.ts'
import { ObservedLb } from './observed.ts'

/**
 * What `GET /fairlead/v1/events` sends, as server-sent events (HTML Living Standard, section 9.2): the type is the
 * event's name, the rest its data as JSON. Events say what to read again. Only what the nodes report of the one load
 * balancer that is watched is carried along, because its figures move every second.
 */
export const LiveEvent = z.discriminatedUnion('type', [
  /** Anything may have changed: read everything again. The first of every stream. */
  z.object({ type: z.literal('resync') }),
  /** A load balancer, or a rule of it, was created, changed or deleted. */
  z.object({ type: z.literal('lb'), lb_id: z.string() }),
  /** Its nodes report another state: who is active, a listener, a server's health. */
  z.object({ type: z.literal('observed'), lb_id: z.string() }),
  /** What the nodes report now of the load balancer that is watched. */
  z.object({ type: z.literal('report'), observed: ObservedLb }),
  /** An IP was taken, attached, changed or released. */
  z.object({ type: z.literal('ips') }),
])
export type LiveEvent = z.infer<typeof LiveEvent>

/** Query of `GET /fairlead/v1/events`. */
export const FollowEvents = z.object({
  /** The one load balancer to hear of. IPs are told of all the same. */
  lb_id: idFilter('lb_id').optional(),
})
export type FollowEvents = z.infer<typeof FollowEvents>

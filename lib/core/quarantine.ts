import * as z from 'zod'

/**
 * What a load balancer's configuration did to a node: the process hung or crashed while it applied it or while it served
 * it, or crashed within a minute after the change, and nothing else is known to be the cause.
 */
export const QuarantineCause = z.enum([
  'hung_applying',
  'crashed_applying',
  'hung_serving',
  'crashed_serving',
  'crashed_after_change',
])
export type QuarantineCause = z.infer<typeof QuarantineCause>

/** A generation of a load balancer that a node does not run, as it ended the node's processes more than once. */
export const Quarantine = z.object({
  generation: z.int(),
  /** When the node was last ended by it, RFC 3339. */
  since: z.string(),
  /** What it did then. */
  cause: QuarantineCause,
})
export type Quarantine = z.infer<typeof Quarantine>

import * as z from 'zod'

/**
 * What a configuration did to a node: its process hung or crashed while applying or serving it, or crashed within a minute
 * after the change with no other known cause.
 */
export const QuarantineCause = z.enum([
  'hung_applying',
  'crashed_applying',
  'hung_serving',
  'crashed_serving',
  'crashed_after_change',
])
export type QuarantineCause = z.infer<typeof QuarantineCause>

/** A generation of a load balancer that a node does not run, because it ended the node's processes twice. */
export const Quarantine = z.object({
  generation: z.int(),
  /** When it last ended the node, RFC 3339. */
  since: z.string(),
  cause: QuarantineCause,
})
export type Quarantine = z.infer<typeof Quarantine>

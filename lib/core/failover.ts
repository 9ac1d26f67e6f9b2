import * as z from 'zod'

/**
 * Why another node accepts a load balancer's traffic: the former one's process ended, it hung and was ended, or somebody
 * asked for it.
 */
export const FailoverReason = z.enum(['ended', 'hung', 'planned'])
export type FailoverReason = z.infer<typeof FailoverReason>

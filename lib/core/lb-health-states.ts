// Separate from the schemas: the console's list reads its filter from the URL and doesn't load zod for it.

/** The health of a load balancer, worst first. This is the order of `order_by=health_asc`. */
export const LB_HEALTH_STATES = [
  'error',
  'failing',
  'no_servers',
  'degraded',
  'changing',
  'healthy',
] as const
export type LbHealthState = (typeof LB_HEALTH_STATES)[number]

/** What holds where a load balancer's configuration leaves something open. Times are milliseconds. */
export const DEFAULTS = {
  connectTimeout: 5_000,
  serverTimeout: 300_000,
  tunnelTimeout: 900_000,
  clientTimeout: 300_000,
  /** Also what `timeout_queue` 0 means. */
  queueTimeout: 60_000,
  checkDelay: 3_000,
  checkTimeout: 1_000,
  transientCheckDelay: 500,
  maxRetries: 3,
} as const

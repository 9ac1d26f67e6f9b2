/** The defaults of settings that a load balancer's configuration leaves unset. Times are milliseconds. */
export const DEFAULTS = {
  connectTimeout: 5_000,
  serverTimeout: 300_000,
  tunnelTimeout: 900_000,
  clientTimeout: 300_000,
  /** Also the meaning of `timeout_queue` 0. */
  queueTimeout: 60_000,
  checkDelay: 3_000,
  checkTimeout: 1_000,
  transientCheckDelay: 500,
  maxRetries: 3,
} as const

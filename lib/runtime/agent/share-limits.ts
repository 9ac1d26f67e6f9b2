import type { DesiredConfig } from '#lib/config/desired.ts'

/**
 * A configuration as one of a node's worker processes carries it out: limits that count by process are divided among
 * them, rounded up, so that none has nothing.
 */
export function shareLimits(config: DesiredConfig, workers: number): DesiredConfig {
  if (workers === 1) return config
  const share = (limit: number | null) => (limit === null ? null : Math.ceil(limit / workers))
  return {
    ...config,
    frontends: config.frontends.map((frontend) => ({
      ...frontend,
      connection_rate_limit: share(frontend.connection_rate_limit),
    })),
    backends: config.backends.map((backend) => ({
      ...backend,
      max_connections: share(backend.max_connections),
    })),
  }
}

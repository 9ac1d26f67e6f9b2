import type { DesiredConfig } from '#lib/protocol/desired-config.ts'

/**
 * A configuration as one of a node's workers applies it: limits that each process counts by itself are divided among the
 * workers. The parts add up to the limit, but each is at least 1, because a worker has to serve what the kernel gives it.
 */
export function shareLimits(
  config: DesiredConfig,
  { worker, workers }: { worker: number; workers: number },
): DesiredConfig {
  if (workers === 1) return config
  const share = (limit: number | null) => {
    if (limit === null) return null
    const more = worker <= limit % workers ? 1 : 0
    return Math.max(1, Math.floor(limit / workers) + more)
  }
  return {
    ...config,
    limits: {
      connections: share(config.limits.connections),
      bandwidth: share(config.limits.bandwidth),
    },
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

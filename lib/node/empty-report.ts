import type { EngineReport } from '#lib/protocol/report.ts'

/** The report of a load balancer of which no configuration could be applied yet. */
export function emptyReport(lbId: string): EngineReport {
  const now = new Date().toISOString()
  return {
    lb_id: lbId,
    generation: 0,
    applied_at: now,
    active: false,
    active_since: null,
    listeners: [],
    servers: [],
    counting_since: now,
    problems: [],
    access_log_dropped: 0,
    counters: {
      connections_total: 0,
      connections_current: 0,
      requests_total: 0,
      responses: [0, 0, 0, 0, 0],
      bytes_in: 0,
      bytes_out: 0,
      connect_failures: 0,
      proxy_errors: 0,
      aborted: 0,
      latency: [],
      latency_sum_ms: 0,
    },
    frontend_counters: {},
    backend_counters: {},
    server_counters: {},
  }
}

import type { InstanceState } from '#lib/control-plane/nodes/observed/instance-state.ts'
import type { Cluster } from '#lib/core/locality.ts'
import type { LbReport } from '#lib/protocol/report.ts'
import { testNode } from './test-nodes.ts'

export const NO_COUNTS = {
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
}

export const NO_FRONTEND_COUNTS = {
  ...NO_COUNTS,
  bad_requests: 0,
  rate_delayed: 0,
  rate_refused: 0,
  requests_denied: 0,
  match_limit_denied: 0,
  requests_redirected: 0,
  connections_denied: 0,
  limit_refused: 0,
}

export const NO_BACKEND_COUNTS = {
  ...NO_COUNTS,
  retries: 0,
  redispatches: 0,
  queue_current: 0,
  queue_max: 0,
  queue_timeouts: 0,
}

/** The report of a worker without any problem. */
export function lbReport(changes: Partial<LbReport> & { lb_id: string }): LbReport {
  return {
    generation: 1,
    applied_at: new Date().toISOString(),
    active: false,
    active_since: null,
    problems: [],
    listeners: [],
    servers: [],
    counting_since: '2026-07-21T10:00:00Z',
    counters: NO_COUNTS,
    access_log_dropped: 0,
    frontend_counters: {},
    backend_counters: {},
    server_counters: {},
    ...changes,
  }
}

/** An instance on a connected node with one worker. */
export function instanceState(cluster: Cluster, report: LbReport | null): InstanceState {
  const applied = report?.generation ?? null
  return {
    cluster,
    node: testNode(`fr-par-${cluster}`),
    connected: true,
    workers: { connected: 1, total: 1 },
    applied,
    report,
    quarantine: null,
    hung: null,
  }
}

export function listener(
  state: LbReport['listeners'][number]['state'],
  problem: string | null = null,
): LbReport['listeners'][number] {
  return { frontend_id: 'frontend-1', port: 80, state, problem }
}

export function server(
  backendId: string,
  address: string,
  state: LbReport['servers'][number]['state'],
): LbReport['servers'][number] {
  return {
    backend_id: backendId,
    address,
    state,
    since: '2026-07-21T10:17:00Z',
    reason: state === 'up' ? 'HTTP 200' : 'connection refused',
    streak: 3,
    threshold: 3,
    latency_ms: 1,
    checked_at: '2026-07-21T10:17:00Z',
  }
}

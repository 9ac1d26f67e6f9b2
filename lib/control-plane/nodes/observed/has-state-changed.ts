import type { InstanceReport } from './node-reports.ts'

/** The part of a report that changes only with an event: no counters, and nothing that every health check renews. */
function state({ applied, reporting, report }: InstanceReport): string {
  const { active, active_since, listeners, servers, not_kept, rejected, problems } = report
  const health = servers.map(({ backend_id, address, state, since, reason }) => [
    backend_id,
    address,
    state,
    since,
    reason,
  ])
  return JSON.stringify([
    applied,
    reporting,
    active,
    active_since,
    listeners,
    health,
    not_kept,
    rejected,
    problems,
  ])
}

/** Whether a report has another state than the one before it, and not only other counters. */
export function hasStateChanged(
  before: InstanceReport | undefined,
  after: InstanceReport,
): boolean {
  return before === undefined || state(before) !== state(after)
}

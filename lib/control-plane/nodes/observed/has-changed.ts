import type { Seen } from './node-reports.ts'

/** What changes only when something happens: no counters, and nothing that every health check renews. */
function state({ applied, reporting, report }: Seen): string {
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

/** Whether a report tells of another state than the one before it; mere figures do not count. */
export function hasMoved(before: Seen | undefined, after: Seen): boolean {
  return before === undefined || state(before) !== state(after)
}

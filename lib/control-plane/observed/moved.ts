import type { LbReport } from '#lib/config/report.ts'

/** What of a report changes only when something happens: no counters, and nothing that every health check renews. */
function state({ generation, active, active_since, listeners, servers }: LbReport): string {
  const health = servers.map(({ backend_id, address, state, since, reason }) => [
    backend_id,
    address,
    state,
    since,
    reason,
  ])
  return JSON.stringify([generation, active, active_since, listeners, health])
}

/** Whether a report tells of another state than the one before it; mere figures do not count. */
export function hasMoved(before: LbReport | undefined, after: LbReport): boolean {
  return before === undefined || state(before) !== state(after)
}

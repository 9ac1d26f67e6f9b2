import { MATCH_STEPS_MAX } from '#lib/core/matching-limits.ts'
import type { DesiredConfig } from '#lib/protocol/desired-config.ts'
import type { EngineReport, LbReport } from '#lib/protocol/report.ts'
import type { Backend } from './backend.ts'
import type { Frontend } from './frontend.ts'
import type { LbListeners } from './sockets/lb-listeners.ts'
import { Counters } from './stats/counters.ts'

/** Problems in a report: nobody reads thousands. */
const PROBLEMS_MAX = 20

/** What a report is made of. */
export type ReportedLb = {
  config: DesiredConfig
  appliedAt: Date
  activeSince: Date | null
  /** The failover that made its node the active one. */
  failoverId: string | undefined
  countingSince: Date
  listeners: LbListeners
  frontends: ReadonlyMap<string, Frontend>
  backends: ReadonlyMap<string, Backend>
  /** Removed frontends that still have connections. */
  draining: Iterable<Frontend>
  /** What frontends counted that have ended. */
  ended: Counters
  /** Lines that are missing in the access log. */
  accessLogDropped: number
}

/** The report of a load balancer. With thousands of servers this takes milliseconds. */
export function reportOf(lb: ReportedLb): EngineReport {
  const { config, listeners, backends } = lb
  const frontends = [...lb.frontends]
  const servers = [...backends.values()].flatMap((backend) =>
    backend.servers.map((server) => [`${backend.config.id}/${server.address}`, server] as const),
  )
  return {
    lb_id: config.lb_id,
    generation: config.generation,
    applied_at: lb.appliedAt.toISOString(),
    active: listeners.active,
    active_since: lb.activeSince?.toISOString() ?? null,
    failover_id: lb.activeSince ? lb.failoverId : undefined,
    listeners: config.address === null ? [] : listenersOf(lb),
    servers: serversOf(backends),
    counting_since: lb.countingSince.toISOString(),
    problems: problemsOf(lb),
    access_log_dropped: lb.accessLogDropped,
    costly_frontends: frontends.flatMap(([frontend_id, { acls }]) =>
      // Rules that were saved before there were limits may exceed them.
      acls.steps > MATCH_STEPS_MAX ? [{ frontend_id, steps: acls.steps }] : [],
    ),
    counters: totalOf(lb).snapshot(),
    frontend_counters: Object.fromEntries(
      frontends.map(([id, { counters }]) => [id, counters.snapshot()]),
    ),
    backend_counters: Object.fromEntries(
      [...backends].map(([id, one]) => [id, one.counters.snapshot(one.servers, one.queues)]),
    ),
    server_counters: Object.fromEntries(
      servers.map(([id, { counters }]) => [id, counters.snapshot()]),
    ),
  }
}

/** A number that grows with everything counted. */
export function activityOf({ frontends, backends, draining, ended }: ReportedLb): number {
  let sum = ended.activity()
  for (const { counters } of frontends.values()) sum += counters.activity()
  for (const { counters } of draining) sum += counters.activity()
  for (const { counters, queues } of backends.values()) sum += counters.activity(queues)
  return sum
}

/** Settings that can't be applied, one sentence each. */
function problemsOf({ backends, frontends }: ReportedLb): string[] {
  return [
    ...[...backends.values()].flatMap(({ problems }) => problems),
    ...[...frontends.values()].flatMap(({ rules }) => rules?.problems ?? []),
  ].slice(0, PROBLEMS_MAX)
}

function listenersOf({ frontends, listeners }: ReportedLb): LbReport['listeners'] {
  return [...frontends].map(([frontend_id, { config }]) => {
    const { port } = config
    const { state: own = 'pending', problem = null } = listeners.listener(port) ?? {}
    // It may listen already for a takeover.
    const state = own === 'listening' && !listeners.active ? 'standby' : own
    const vacated = listeners.vacatedFor(port)
    if (!problem || !vacated) return { frontend_id, port, state, problem }
    return {
      frontend_id,
      port,
      state,
      problem: `${problem} Until then, port ${vacated} is served.`,
    }
  })
}

function serversOf(backends: ReportedLb['backends']): LbReport['servers'] {
  return [...backends].flatMap(([backend_id, backend]) =>
    backend.servers.flatMap((server) => {
      const health = backend.health(server)
      if (!health) return []
      return [{ backend_id, address: server.address, ...health.observed() }]
    }),
  )
}

function totalOf({ frontends, draining, ended }: ReportedLb): Counters {
  const total = new Counters().add(ended)
  for (const { counters } of frontends.values()) total.add(counters)
  for (const { counters } of draining) total.add(counters)
  return total
}

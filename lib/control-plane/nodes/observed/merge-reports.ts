import type { ObservedListener, ObservedServer } from '#lib/core/observed.ts'
import type { LbReport } from '#lib/protocol/report.ts'

type Counted = Record<string, number | number[]>

/** A port that failed anywhere is to be seen to; else one that accepts is enough, others have only just started. */
const LISTENER_ORDER: readonly ObservedListener['state'][] = [
  'failed',
  'listening',
  'standby',
  'pending',
]
/** A server counts as down where any of them gives it nothing. Who has only just started knows nothing. */
const SERVER_ORDER: readonly ObservedServer['state'][] = ['down', 'up', 'unknown']

/**
 * What a node's worker processes say of one load balancer, as if one had said it: applied is what all have applied,
 * counters are added up.
 * @param reports at least one
 */
export function mergeReports(reports: readonly [LbReport, ...LbReport[]]): LbReport {
  const [first] = reports
  if (reports.length === 1) return first
  const slowest = reports.reduce((a, b) => (b.generation < a.generation ? b : a))
  const applied = reports.filter(({ generation }) => generation === slowest.generation)
  const activeSince = earliest(reports.flatMap(({ active_since }) => active_since ?? []))
  return {
    lb_id: first.lb_id,
    generation: slowest.generation,
    applied_at: latest(applied.map(({ applied_at }) => applied_at)),
    rejected: reports.find(({ rejected }) => rejected)?.rejected,
    not_kept: reports.find(({ not_kept }) => not_kept)?.not_kept,
    problems: [...new Set(applied.flatMap(({ problems }) => problems))],
    active: reports.some(({ active }) => active),
    active_since: activeSince,
    failover_id: reports.find(({ active_since }) => active_since === activeSince)?.failover_id,
    listeners: firstOf(
      reports.flatMap(({ listeners }) => listeners),
      ({ frontend_id }) => frontend_id,
      (one, other) => LISTENER_ORDER.indexOf(one.state) - LISTENER_ORDER.indexOf(other.state),
    ),
    servers: firstOf(
      reports.flatMap(({ servers }) => servers),
      ({ backend_id, address }) => `${backend_id}/${address}`,
      // Of those that agree, the one that has known it for longer.
      (one, other) =>
        SERVER_ORDER.indexOf(one.state) - SERVER_ORDER.indexOf(other.state) ||
        Date.parse(one.since) - Date.parse(other.since),
    ),
    counting_since: latest(reports.map(({ counting_since }) => counting_since)),
    access_log_dropped: reports.reduce((all, one) => all + one.access_log_dropped, 0),
    costly_frontends: applied[0]?.costly_frontends,
    counters: sum(reports.map(({ counters }) => counters)),
    frontend_counters: sumEach(reports.map(({ frontend_counters }) => frontend_counters)),
    backend_counters: sumEach(reports.map(({ backend_counters }) => backend_counters)),
    server_counters: sumEach(reports.map(({ server_counters }) => server_counters)),
  }
}

const latest = (times: string[]) => times.toSorted().at(-1) ?? ''
const earliest = (times: string[]) => times.toSorted()[0] ?? null

/** One of each key, the one that comes first in order. */
function firstOf<One>(
  all: One[],
  keyOf: (one: One) => string,
  order: (one: One, other: One) => number,
): One[] {
  const chosen = new Map<string, One>()
  for (const one of all) {
    const before = chosen.get(keyOf(one))
    if (!before || order(one, before) < 0) chosen.set(keyOf(one), one)
  }
  return [...chosen.values()]
}

function sumEach<Counters extends Counted>(all: Record<string, Counters>[]) {
  const keys = new Set(all.flatMap((counters) => Object.keys(counters)))
  return Object.fromEntries(
    [...keys].map((key) => {
      const present = all.map((counters) => counters[key]).filter((one) => one !== undefined)
      return [key, sum(present)]
    }),
  )
}

/** Adds up numbers, and lists element by element. `queue_max` is the maximum instead. */
function sum<Counters extends Counted>(all: Counters[]): Counters {
  const total: Counted = {}
  for (const counters of all) {
    for (const [name, value] of Object.entries(counters)) {
      const before = total[name]
      total[name] =
        name === 'queue_max' ? Math.max(Number(before ?? 0), Number(value)) : plus(before, value)
    }
  }
  return total as Counters
}

function plus(a: number | number[] | undefined, b: number | number[]): number | number[] {
  if (a === undefined) return b
  if (!Array.isArray(a) || !Array.isArray(b)) return Number(a) + Number(b)
  const longer = a.length >= b.length ? a : b
  return longer.map((_, index) => (a[index] ?? 0) + (b[index] ?? 0))
}

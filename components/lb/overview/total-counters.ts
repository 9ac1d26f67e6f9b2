import type { Counters } from '#lib/core/observed.ts'

type Total = Omit<Counters, 'connect_failures' | 'proxy_errors' | 'aborted' | 'latency'>

/** The sum over both instances: after a failover, what the other one carried still counts. */
export function totalOf(counters: readonly Total[]): Total {
  const sum = (pick: (one: Total) => number) => counters.reduce((all, one) => all + pick(one), 0)
  return {
    connections_total: sum((one) => one.connections_total),
    connections_current: sum((one) => one.connections_current),
    requests_total: sum((one) => one.requests_total),
    responses: [0, 1, 2, 3, 4].map((index) => sum(({ responses }) => responses[index] ?? 0)),
    bytes_in: sum((one) => one.bytes_in),
    bytes_out: sum((one) => one.bytes_out),
  }
}

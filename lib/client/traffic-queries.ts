import type { Traffic, TrafficRange } from '#lib/core/traffic.ts'
import { apiPath } from './api-path.ts'
import type { ApiQuery } from './api-query.ts'
import { LBS_KEY } from './lb-queries.ts'

/** Whose traffic: all of the load balancer's, or one server's. */
export type TrafficOf = { backendId: string; server: string } | null

/** Traffic over time, in steps of the range's own length unless another is given in seconds. */
export function lbTraffic(
  id: string,
  range: TrafficRange,
  of: TrafficOf,
  step?: number,
): ApiQuery<Traffic> {
  const query = { range, step_s: step, backend_id: of?.backendId, server: of?.server }
  return {
    queryKey: [...LBS_KEY, id, 'traffic', query],
    fetch: (get) => get(apiPath.traffic(id, query)),
  }
}

/** How soon to look again: as soon as there is another step of the last hour, rarely for what is longer. */
export const trafficInterval = (range: TrafficRange) => (range === 'hour' ? 5000 : 60_000)

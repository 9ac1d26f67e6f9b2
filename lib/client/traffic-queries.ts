import type { Traffic, TrafficRange } from '#lib/core/traffic.ts'
import { apiPath } from './api-path.ts'
import type { ApiQuery } from './api-query.ts'
import { LBS_KEY } from './lb-queries.ts'

/** One server; null for the whole load balancer. */
export type TrafficOf = { backendId: string; server: string } | null

/** The history of traffic. @param step seconds between two samples; by default the range's own */
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

/** The polling interval of the history of traffic. */
export const trafficInterval = (range: TrafficRange) => (range === 'hour' ? 5000 : 60_000)

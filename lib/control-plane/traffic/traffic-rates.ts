import type { TrafficRate, TrafficRates } from '#lib/core/traffic.ts'
import { isRecorded, serverOf } from './parts.ts'
import { SAMPLE_OFFSETS, type Sample } from './sample.ts'

/** Rates per second of each part, from the samples of the last seconds. Parts without traffic are omitted. */
export function ratesOf(samples: ReadonlyMap<string, Sample>, seconds: number): TrafficRates {
  const rates: TrafficRates = { frontends: {}, backends: {}, servers: {} }
  const perSecond = (count = 0) => rounded(count / seconds)
  for (const [part, sample] of samples) {
    const rate: TrafficRate = {
      requests: perSecond(sample[SAMPLE_OFFSETS.requests]),
      connections: perSecond(sample[SAMPLE_OFFSETS.connections]),
    }
    if (rate.requests === 0 && rate.connections === 0) continue
    const server = serverOf(part)
    if (server) {
      rates.servers[`${server.backend_id}/${server.address}`] = rate
      const { requests = 0, connections = 0 } = rates.backends[server.backend_id] ?? {}
      rates.backends[server.backend_id] = {
        requests: rounded(requests + rate.requests),
        connections: rounded(connections + rate.connections),
      }
    } else if (!isRecorded(part)) rates.frontends[part.slice('frontend/'.length)] = rate
  }
  return rates
}

const rounded = (rate: number) => Math.round(rate * 10) / 10

import { latencyPercentile } from '#lib/core/latency-buckets.ts'
import type { Traffic } from '#lib/core/traffic.ts'
import {
  aggregateOverParts,
  aggregateOverTime,
  newSample,
  SAMPLE_OFFSETS,
  type Sample,
} from './sample.ts'

/** A time range in Unix seconds, and the resolution of its buckets in seconds. */
export type BucketTimes = { start: number; end: number; step: number }

type Columns = Omit<Traffic, 'range' | 'step_s' | 'start' | 'end' | 'servers'>

/** Aggregates samples to the resolution of a query: one bucket for each step. Times are Unix seconds. */
export class TrafficBuckets {
  readonly #times: BucketTimes
  /** Null if no node was connected at the time. */
  readonly #samples: (Sample | null)[]

  constructor(times: BucketTimes) {
    this.#times = times
    const count = Math.max(0, Math.ceil((times.end - times.start) / times.step))
    this.#samples = new Array(count).fill(null)
  }

  /** Records that a node was connected at a time. Without traffic, its bucket is zero instead of null. */
  markConnected(at: number): void {
    const index = this.#indexOf(at)
    if (index !== null) this.#samples[index] ??= newSample()
  }

  /** Adds the samples of several parts in the same interval. */
  add(at: number, parts: readonly (readonly number[])[]): void {
    const index = this.#indexOf(at)
    const first = parts[0]
    if (index === null || !first) return
    const sum = [...first]
    for (const other of parts.slice(1)) aggregateOverParts(sum, other)
    const sample = this.#samples[index] ?? newSample()
    aggregateOverTime(sample, sum)
    this.#samples[index] = sample
  }

  /** The columns, from the first bucket that isn't null. */
  columns(): { start: number; columns: Columns } {
    const first = this.#samples.findIndex((sample) => sample !== null)
    const skipped = first === -1 ? this.#samples.length : first
    const start = this.#times.start + skipped * this.#times.step
    return { start, columns: columnsOf(this.#samples.slice(skipped)) }
  }

  #indexOf(at: number): number | null {
    const { start, end, step } = this.#times
    return at < start || at >= end ? null : Math.floor((at - start) / step)
  }
}

function columnsOf(samples: readonly (Sample | null)[]): Columns {
  const column = (index: number) => samples.map((sample) => sample && (sample[index] ?? 0))
  const percentile = (share: number) =>
    samples.map((sample) => {
      const ms = sample && latencyPercentile(sample.slice(SAMPLE_OFFSETS.latency), share)
      return ms === null ? null : Number(ms.toPrecision(3))
    })
  return {
    connections: column(SAMPLE_OFFSETS.connections),
    connections_open: column(SAMPLE_OFFSETS.open),
    requests: column(SAMPLE_OFFSETS.requests),
    responses: [0, 1, 2, 3, 4].map((index) => column(SAMPLE_OFFSETS.responses + index)),
    bytes_in: column(SAMPLE_OFFSETS.bytesIn),
    bytes_out: column(SAMPLE_OFFSETS.bytesOut),
    connect_failures: column(SAMPLE_OFFSETS.connectFailures),
    proxy_errors: column(SAMPLE_OFFSETS.proxyErrors),
    aborted: column(SAMPLE_OFFSETS.aborted),
    latency_p50: percentile(0.5),
    latency_p95: percentile(0.95),
    latency_p99: percentile(0.99),
  }
}

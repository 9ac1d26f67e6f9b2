import { LATENCY_BUCKETS } from '#lib/core/latency-buckets.ts'
import type { Counters } from '#lib/core/observed.ts'

/**
 * The traffic of one part of a load balancer in one interval, as a list of numbers that are mostly zero.
 * `SAMPLE_OFFSETS` has the index of each number. The latency histogram comes last.
 */
export type Sample = number[]

export const SAMPLE_OFFSETS = {
  connections: 0,
  open: 1,
  requests: 2,
  responses: 3,
  bytesIn: 8,
  bytesOut: 9,
  connectFailures: 10,
  proxyErrors: 11,
  aborted: 12,
  latency: 13,
} as const
export const SAMPLE_LENGTH = SAMPLE_OFFSETS.latency + LATENCY_BUCKETS

export const newSample = (): Sample => new Array<number>(SAMPLE_LENGTH).fill(0)

/** Adds a sample of the same part in another interval. Open connections are the maximum of both. */
export function aggregateOverTime(sample: Sample, other: readonly number[]): void {
  const open = Math.max(sample[SAMPLE_OFFSETS.open] ?? 0, other[SAMPLE_OFFSETS.open] ?? 0)
  aggregateOverParts(sample, other)
  sample[SAMPLE_OFFSETS.open] = open
}

/** Adds a sample of another part in the same interval. */
export function aggregateOverParts(sample: Sample, other: readonly number[]): void {
  for (let index = 0; index < SAMPLE_LENGTH; index += 1) {
    sample[index] = (sample[index] ?? 0) + (other[index] ?? 0)
  }
}

/**
 * The increments since `before`, or since the counters were zero if it is null. Open connections are a gauge, not a counter, and
 * stay 0 here.
 */
export function countedSince(before: Counters | null, now: Counters): Sample {
  const sample = totals(now)
  if (!before || wasReset(before, now)) return sample
  const earlier = totals(before)
  return sample.map((count, index) => Math.max(0, count - (earlier[index] ?? 0)))
}

/** The counters of a server that is removed and added again start at zero. */
function wasReset(before: Counters, now: Counters): boolean {
  return (
    now.connections_total < before.connections_total || now.requests_total < before.requests_total
  )
}

function totals(counters: Counters): Sample {
  const sample = [
    counters.connections_total,
    0,
    counters.requests_total,
    ...counters.responses,
    counters.bytes_in,
    counters.bytes_out,
    counters.connect_failures,
    counters.proxy_errors,
    counters.aborted,
    ...counters.latency.slice(0, LATENCY_BUCKETS),
  ]
  while (sample.length < SAMPLE_LENGTH) sample.push(0)
  return sample
}

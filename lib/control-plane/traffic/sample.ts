import { LATENCY_BUCKETS } from '#lib/core/latency-buckets.ts'
import type { Counters } from '#lib/core/observed.ts'

/**
 * What passed over one part of a load balancer in one span of time, as one list of numbers: most are zero, and so
 * it is added and stored cheaply. `PLACES` says where each number stands, the response times' buckets come last.
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

/** Adds a later span of the same part: what was open is the most of both. */
export function addLater(tally: Sample, later: readonly number[]): void {
  const open = Math.max(tally[SAMPLE_OFFSETS.open] ?? 0, later[SAMPLE_OFFSETS.open] ?? 0)
  addBeside(tally, later)
  tally[SAMPLE_OFFSETS.open] = open
}

/** Adds another part of the same span. */
export function addBeside(tally: Sample, other: readonly number[]): void {
  for (let place = 0; place < SAMPLE_LENGTH; place += 1) {
    tally[place] = (tally[place] ?? 0) + (other[place] ?? 0)
  }
}

/** What was counted since `before`; null: since the counters were zero. What is open is not a count and stays 0. */
export function countedSince(before: Counters | null, now: Counters): Sample {
  const tally = totals(now)
  if (!before || beganAnew(before, now)) return tally
  const earlier = totals(before)
  return tally.map((count, place) => Math.max(0, count - (earlier[place] ?? 0)))
}

/** A server that was taken out and put back counts from zero again. */
function beganAnew(before: Counters, now: Counters): boolean {
  return (
    now.connections_total < before.connections_total || now.requests_total < before.requests_total
  )
}

function totals(counters: Counters): Sample {
  const tally = [
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
  while (tally.length < SAMPLE_LENGTH) tally.push(0)
  return tally
}

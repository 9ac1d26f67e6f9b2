import { latencyPercentile } from '#lib/core/latency-buckets.ts'
import type { Traffic } from '#lib/core/traffic.ts'
import { addBeside, addLater, newSample, SAMPLE_OFFSETS, type Sample } from './sample.ts'

export type StepTimes = { start: number; end: number; step: number }

type Columns = Omit<Traffic, 'range' | 'step_s' | 'start' | 'end' | 'servers'>

/** Tallies of short spans put together to the steps of an answer. Times are Unix seconds. */
export class Steps {
  readonly #times: StepTimes
  readonly #tallies: (Sample | null)[]

  constructor(times: StepTimes) {
    this.#times = times
    const count = Math.max(0, Math.ceil((times.end - times.start) / times.step))
    this.#tallies = new Array(count).fill(null)
  }

  /** Something could have been heard at that time: without more it is zero. */
  know(at: number): void {
    const index = this.#index(at)
    if (index !== null) this.#tallies[index] ??= newSample()
  }

  /** Adds what several parts counted in the same span. */
  add(at: number, parts: readonly (readonly number[])[]): void {
    const index = this.#index(at)
    const first = parts[0]
    if (index === null || !first) return
    const span = [...first]
    for (const other of parts.slice(1)) addBeside(span, other)
    const tally = this.#tallies[index] ?? newSample()
    addLater(tally, span)
    this.#tallies[index] = tally
  }

  /** The columns, from the first step of which anything is known. */
  columns(): { start: number; columns: Columns } {
    const first = this.#tallies.findIndex((tally) => tally !== null)
    const skipped = first === -1 ? this.#tallies.length : first
    const start = this.#times.start + skipped * this.#times.step
    return { start, columns: columnsOf(this.#tallies.slice(skipped)) }
  }

  #index(at: number): number | null {
    const { start, end, step } = this.#times
    return at < start || at >= end ? null : Math.floor((at - start) / step)
  }
}

function columnsOf(tallies: readonly (Sample | null)[]): Columns {
  const column = (place: number) => tallies.map((tally) => tally && (tally[place] ?? 0))
  const percentile = (share: number) =>
    tallies.map((tally) => {
      const ms = tally && latencyPercentile(tally.slice(SAMPLE_OFFSETS.latency), share)
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

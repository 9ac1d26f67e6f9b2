import { LATENCY_BUCKETS } from '#lib/core/latency-buckets.ts'
import type { LbReport } from '#lib/protocol/report.ts'

type Snapshot = LbReport['counters']

/** The counters of one frontend or one server. */
export class Counters {
  connectionsTotal = 0
  connectionsCurrent = 0
  requestsTotal = 0
  /** Responses by status class: index 0 for 1xx to 4 for 5xx. */
  readonly responses = [0, 0, 0, 0, 0]
  bytesIn = 0
  bytesOut = 0
  connectFailures = 0
  proxyErrors = 0
  aborted = 0
  /** Response times by bucket (`lib/core/latency-buckets.ts`). */
  readonly latency = new Array<number>(LATENCY_BUCKETS).fill(0)
  latencySumMs = 0

  opened(): void {
    this.connectionsTotal += 1
    this.connectionsCurrent += 1
  }

  closed(): void {
    this.connectionsCurrent -= 1
  }

  countResponse(status: number): void {
    const index = Math.floor(status / 100) - 1
    this.responses[index] = (this.responses[index] ?? 0) + 1
  }

  /** Counts a response time. @param bucket `latencyBucket(ms)` */
  countLatency(bucket: number, ms: number): void {
    this.latency[bucket] = (this.latency[bucket] ?? 0) + 1
    this.latencySumMs += ms
  }

  /** Adds another's counts. */
  add(other: Counters): this {
    this.connectionsTotal += other.connectionsTotal
    this.connectionsCurrent += other.connectionsCurrent
    this.requestsTotal += other.requestsTotal
    this.bytesIn += other.bytesIn
    this.bytesOut += other.bytesOut
    this.connectFailures += other.connectFailures
    this.proxyErrors += other.proxyErrors
    this.aborted += other.aborted
    this.latencySumMs += other.latencySumMs
    addTo(this.responses, other.responses)
    addTo(this.latency, other.latency)
    return this
  }

  /** A number that grows with every count, so that a change is noticed. */
  activity(): number {
    const closed = this.connectionsTotal - this.connectionsCurrent
    const errors = this.connectFailures + this.proxyErrors + this.aborted
    return (
      this.connectionsTotal + closed + this.requestsTotal + this.bytesIn + this.bytesOut + errors
    )
  }

  snapshot(): Snapshot {
    return {
      connections_total: this.connectionsTotal,
      connections_current: this.connectionsCurrent,
      requests_total: this.requestsTotal,
      responses: [...this.responses],
      bytes_in: this.bytesIn,
      bytes_out: this.bytesOut,
      connect_failures: this.connectFailures,
      proxy_errors: this.proxyErrors,
      aborted: this.aborted,
      latency: this.latency.slice(0, this.latency.findLastIndex((count) => count > 0) + 1),
      latency_sum_ms: Math.round(this.latencySumMs * 1000) / 1000,
    }
  }
}

function addTo(sums: number[], counts: readonly number[]): void {
  for (let index = 0; index < counts.length; index += 1) {
    sums[index] = (sums[index] ?? 0) + (counts[index] ?? 0)
  }
}

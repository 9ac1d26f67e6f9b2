import type { LbReport } from '#lib/config/report.ts'

type Snapshot = LbReport['counters']

/** What has passed over one frontend or one server. Plain numbers, so that counting costs next to nothing. */
export class Counters {
  connectionsTotal = 0
  connectionsCurrent = 0
  requestsTotal = 0
  /** Answers by status class, index 0 for 1xx to 4 for 5xx. */
  readonly responses = [0, 0, 0, 0, 0]
  bytesIn = 0
  bytesOut = 0

  opened(): void {
    this.connectionsTotal += 1
    this.connectionsCurrent += 1
  }

  closed(): void {
    this.connectionsCurrent -= 1
  }

  answered(status: number): void {
    const index = Math.floor(status / 100) - 1
    this.responses[index] = (this.responses[index] ?? 0) + 1
  }

  /** Adds what another has counted. */
  add(other: Counters): this {
    this.connectionsTotal += other.connectionsTotal
    this.connectionsCurrent += other.connectionsCurrent
    this.requestsTotal += other.requestsTotal
    this.bytesIn += other.bytesIn
    this.bytesOut += other.bytesOut
    other.responses.forEach((count, index) => {
      this.responses[index] = (this.responses[index] ?? 0) + count
    })
    return this
  }

  /** A number that grows with everything counted, to see whether anything was. */
  activity(): number {
    const closed = this.connectionsTotal - this.connectionsCurrent
    return this.connectionsTotal + closed + this.requestsTotal + this.bytesIn + this.bytesOut
  }

  snapshot(): Snapshot {
    return {
      connections_total: this.connectionsTotal,
      connections_current: this.connectionsCurrent,
      requests_total: this.requestsTotal,
      responses: [...this.responses],
      bytes_in: this.bytesIn,
      bytes_out: this.bytesOut,
    }
  }
}

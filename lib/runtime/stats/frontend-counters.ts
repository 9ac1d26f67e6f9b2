import type { LbReport } from '#lib/config/report.ts'
import { Counters } from './counters.ts'

type Snapshot = LbReport['frontend_counters'][string]

/** What has passed over one frontend. */
export class FrontendCounters extends Counters {
  badRequests = 0
  rateDelayed = 0
  rateRefused = 0

  override activity(): number {
    return super.activity() + this.badRequests + this.rateDelayed + this.rateRefused
  }

  override snapshot(): Snapshot {
    return {
      ...super.snapshot(),
      bad_requests: this.badRequests,
      rate_delayed: this.rateDelayed,
      rate_refused: this.rateRefused,
    }
  }
}

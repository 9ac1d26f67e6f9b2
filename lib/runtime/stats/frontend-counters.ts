import type { LbReport } from '#lib/protocol/report.ts'
import { Counters } from './counters.ts'

type Snapshot = LbReport['frontend_counters'][string]

/** The counters of one frontend. */
export class FrontendCounters extends Counters {
  badRequests = 0
  rateDelayed = 0
  rateRefused = 0
  requestsDenied = 0
  requestsRedirected = 0
  matchLimitDenied = 0
  connectionsDenied = 0
  limitRefused = 0

  override activity(): number {
    const refused = this.badRequests + this.rateRefused + this.connectionsDenied
    const ruled = this.requestsDenied + this.requestsRedirected + this.matchLimitDenied
    return super.activity() + refused + this.limitRefused + ruled + this.rateDelayed
  }

  override snapshot(): Snapshot {
    return {
      ...super.snapshot(),
      bad_requests: this.badRequests,
      rate_delayed: this.rateDelayed,
      rate_refused: this.rateRefused,
      requests_denied: this.requestsDenied,
      requests_redirected: this.requestsRedirected,
      match_limit_denied: this.matchLimitDenied,
      connections_denied: this.connectionsDenied,
      limit_refused: this.limitRefused,
    }
  }
}

import { contain } from '#lib/process/faults.ts'
import type { TcpHandle } from '#lib/process/node-internals/tcp-handle.ts'
import { inSlices } from './scheduling/in-slices.ts'
import type { FrontendCounters } from './stats/frontend-counters.ts'

/** Delayed connections at a time, whatever the rate. */
const DELAYED_MAX = 1024

/**
 * Limits the rate of new connections with a token bucket that holds a second's worth of tokens. A connection without a token
 * is delayed, unread, until there is one, so that bursts are queued. The queue holds a second's worth of connections; further
 * ones are reset.
 */
export class ConnectionRate {
  /** Connections per second. */
  readonly rate: number
  readonly #open: (handle: TcpHandle) => void
  readonly #counters: FrontendCounters
  readonly #delayed: TcpHandle[] = []
  #tokens: number
  #filledAt = performance.now()
  #timer: NodeJS.Timeout | null = null

  constructor(rate: number, counters: FrontendCounters, open: (handle: TcpHandle) => void) {
    this.rate = rate
    this.#tokens = rate
    this.#counters = counters
    this.#open = open
  }

  /** A new connection: opens, delays or resets it. */
  arrive(handle: TcpHandle): void {
    this.#fill()
    if (this.#delayed.length === 0 && this.#tokens >= 1) {
      this.#tokens -= 1
      this.#open(handle)
    } else if (this.#delayed.length < Math.min(this.rate, DELAYED_MAX)) {
      this.#counters.rateDelayed += 1
      this.#delayed.push(handle)
      this.#schedule()
    } else {
      this.#counters.rateRefused += 1
      if (handle.reset() !== 0) handle.close()
    }
  }

  /** Removes the limit: opens the delayed connections. */
  release(): void {
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = null
    this.#openAll(this.#delayed.splice(0))
  }

  #fill(): void {
    const now = performance.now()
    const gained = ((now - this.#filledAt) * this.rate) / 1000
    this.#tokens = Math.min(this.rate, this.#tokens + gained)
    this.#filledAt = now
  }

  #schedule(): void {
    const wait = ((1 - this.#tokens) * 1000) / this.rate
    this.#timer ??= setTimeout(this.#tick, Math.max(1, Math.ceil(wait)))
  }

  readonly #tick = contain(
    'connection rate limit',
    () => this.#openNext(),
    () => {
      this.#timer = null
      if (this.#delayed.length > 0) this.#schedule()
    },
  )

  #openAll(handles: TcpHandle[]): void {
    const refuse = (_fault: unknown, handle: TcpHandle) => handle.close()
    inSlices('connection', handles, this.#open, refuse)
  }

  #openNext(): void {
    this.#timer = null
    this.#fill()
    const count = Math.min(Math.floor(this.#tokens), this.#delayed.length)
    this.#tokens -= count
    this.#openAll(this.#delayed.splice(0, count))
    if (this.#delayed.length > 0) this.#schedule()
  }
}

import { contain } from '#lib/process/faults.ts'
import type { TcpHandle } from '#lib/process/node-internals/tcp-handle.ts'
import { inSlices } from './scheduling/in-slices.ts'
import type { FrontendCounters } from './stats/frontend-counters.ts'

/** No more than this many connections wait, whatever the rate. */
const WAITING_MAX = 1024

/**
 * Lets in so many new connections a second: a bucket that holds as many tokens as it gets in one second. A connection
 * that comes too soon waits, unread, for the next token, and so a burst becomes a queue. More than a second's worth do
 * not wait: the next ones are closed by a reset.
 */
export class ConnectionRate {
  /** Connections a second. */
  readonly rate: number
  readonly #open: (handle: TcpHandle) => void
  readonly #counters: FrontendCounters
  readonly #waiting: TcpHandle[] = []
  #tokens: number
  #filledAt = performance.now()
  #timer: NodeJS.Timeout | null = null

  constructor(rate: number, counters: FrontendCounters, open: (handle: TcpHandle) => void) {
    this.rate = rate
    this.#tokens = rate
    this.#counters = counters
    this.#open = open
  }

  /** A new connection: opened now or soon, or closed. */
  arrive(handle: TcpHandle): void {
    this.#fill()
    if (this.#waiting.length === 0 && this.#tokens >= 1) {
      this.#tokens -= 1
      this.#open(handle)
    } else if (this.#waiting.length < Math.min(this.rate, WAITING_MAX)) {
      this.#counters.rateDelayed += 1
      this.#waiting.push(handle)
      this.#schedule()
    } else {
      this.#counters.rateRefused += 1
      if (handle.reset() !== 0) handle.close()
    }
  }

  /** There is no limit any more: opens what waits. */
  release(): void {
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = null
    this.#openAll(this.#waiting.splice(0))
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
      if (this.#waiting.length > 0) this.#schedule()
    },
  )

  #openAll(handles: TcpHandle[]): void {
    const refuse = (_fault: unknown, handle: TcpHandle) => handle.close()
    inSlices('connection', handles, this.#open, refuse)
  }

  #openNext(): void {
    this.#timer = null
    this.#fill()
    const count = Math.min(Math.floor(this.#tokens), this.#waiting.length)
    this.#tokens -= count
    this.#openAll(this.#waiting.splice(0, count))
    if (this.#waiting.length > 0) this.#schedule()
  }
}

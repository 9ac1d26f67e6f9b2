import type { Logger } from 'pino'
import { contain } from '#lib/process/faults.ts'
import type { Egress } from '../egress/egress.ts'
import type { Signal } from '../store/signal.ts'
import type { Store } from '../store/store.ts'
import { type Due, dueDeliveries, settle, tryNoLater } from './outbox.ts'
import { send } from './send.ts'
import type { NotificationSettings } from './settings.ts'

/** To so many subscribers something is sent at once, and to each one thing. */
const PARALLEL_MAX = 20
/** The clock was set back if it shows this much less than at the last look. Milliseconds. */
const CLOCK_STEP_MS = 1000

type Parts = {
  store: Store
  commits: Signal
  settings: NotificationSettings
  egress: Egress
  log: Logger
}

/**
 * Sends what the outbox holds: to each subscriber in order, one after the other, until it is delivered or given up. Who does
 * not answer holds up nobody but itself. What was sent and could not be written down is sent again.
 */
export class Dispatcher {
  readonly #parts: Parts
  readonly #busy = new Map<string, Promise<void>>()
  readonly #stopping = new AbortController()
  readonly #timer: NodeJS.Timeout
  readonly #unsubscribe: () => void
  #looking: Promise<void> | null = null
  #lookAgain = false
  /** Unix time of the last look, milliseconds. */
  #lookedAt = 0

  constructor(parts: Parts) {
    this.#parts = parts
    const onTime = contain('notification', () => this.#look())
    this.#timer = setInterval(onTime, parts.settings.timing.lookMs)
    this.#unsubscribe = parts.commits.subscribe(() => this.#look())
    this.#look()
  }

  /** Resolves when nothing is sent any more. What was cut off is sent at the next start. */
  async stop(): Promise<void> {
    clearInterval(this.#timer)
    this.#unsubscribe()
    this.#stopping.abort()
    await this.#looking
    await Promise.all(this.#busy.values())
  }

  #look(): void {
    if (this.#looking) {
      this.#lookAgain = true
      return
    }
    this.#lookAgain = false
    this.#looking = this.#lookOnce()
  }

  async #lookOnce(): Promise<void> {
    try {
      await this.#startDue()
    } catch (err) {
      this.#parts.log.error({ err }, "deliveries couldn't be read")
    }
    this.#looking = null
    if (this.#lookAgain && !this.#stopping.signal.aborted) this.#look()
  }

  async #startDue(): Promise<void> {
    const limit = PARALLEL_MAX - this.#busy.size
    if (limit <= 0 || this.#stopping.signal.aborted) return
    await this.#followClock()
    const due = await dueDeliveries(this.#parts.store.reader, {
      now: new Date().toISOString(),
      without: [...this.#busy.keys()],
      limit,
    })
    if (this.#stopping.signal.aborted) return
    for (const delivery of due) {
      const { subscriber_id: subscriber } = delivery
      this.#busy.set(subscriber, this.#deliverAndLook(subscriber, delivery))
    }
  }

  /** Retries at once what a step back of the clock would delay; at the start, what would wait longer than the longest backoff. */
  async #followClock(): Promise<void> {
    const now = Date.now()
    const isBack = now < this.#lookedAt - CLOCK_STEP_MS
    const isFirst = this.#lookedAt === 0
    this.#lookedAt = now
    const { retryMs } = this.#parts.settings.timing
    if (!isBack && !isFirst) return
    const latest = new Date(now + (isBack ? CLOCK_STEP_MS : Math.max(...retryMs))).toISOString()
    await tryNoLater(this.#parts.store, latest)
  }

  async #deliverAndLook(subscriber: string, delivery: Due): Promise<void> {
    let settled = false
    try {
      settled = await this.#deliver(delivery)
    } catch (err) {
      this.#parts.log.error({ err, subscriber }, "a delivery couldn't be written down")
    }
    this.#busy.delete(subscriber)
    // The next look writes it again.
    if (settled) this.#look()
  }

  /** @returns whether it was settled */
  async #deliver(delivery: Due): Promise<boolean> {
    const { store, settings, egress, log } = this.#parts
    const { signal } = this.#stopping
    const began = performance.now()
    const at = new Date().toISOString()
    const { delivered, status, outcome, untold } = await send(
      delivery,
      { settings, egress, secrets: store.secrets },
      signal,
    )
    if (signal.aborted && !delivered) return false
    if (untold) {
      const { subscriber_id: subscriber } = delivery
      log.info({ subscriber, outcome: untold }, 'a notification could not be delivered')
    }
    const duration = Math.round(performance.now() - began)
    const next = delivered ? null : nextAttempt(delivery, settings.timing, Date.now())
    const attempt = { at, status, outcome, duration_ms: duration }
    await settle(store, delivery, attempt, { delivered, next })
    return true
  }
}

type Tried = Pick<Due, 'event_type' | 'attempt_count' | 'at'>

/** When a delivery that has failed once more is tried again, RFC 3339; null for never. A test is tried once. */
export function nextAttempt(
  { event_type, attempt_count, at }: Tried,
  { retryMs, giveUpMs }: Pick<NotificationSettings['timing'], 'retryMs' | 'giveUpMs'>,
  now: number,
): string | null {
  const delay = retryMs[Math.min(attempt_count, retryMs.length - 1)] ?? 0
  const next = now + delay
  if (event_type === 'test' || next > Date.parse(at) + giveUpMs) return null
  return new Date(next).toISOString()
}

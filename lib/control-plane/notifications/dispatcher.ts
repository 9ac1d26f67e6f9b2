import { setTimeout as after } from 'node:timers/promises'
import type { Logger } from 'pino'
import { contain } from '#lib/process/faults.ts'
import type { Egress } from '../egress/egress.ts'
import type { Term } from '../leadership/term.ts'
import { TermEnded } from '../leadership/term-ended.ts'
import type { Signal } from '../store/signal.ts'
import type { Store } from '../store/store.ts'
import { advanceRetries, type DueDelivery, dueDeliveries, recordAttempt } from './outbox.ts'
import { send } from './send.ts'
import type { NotificationSettings } from './settings.ts'

/** Concurrent deliveries, at most one per subscriber. */
const PARALLEL_MAX = 20
/** How long deliveries may go on when the dispatcher stops. Milliseconds. */
const FINISH_MS = 1000
/** If the clock is this far behind the last poll, it was set back. Milliseconds. */
const CLOCK_STEP_MS = 1000

type Dependencies = {
  store: Store
  commits: Signal
  settings: NotificationSettings
  egress: Egress
  term: Term
  log: Logger
}

/**
 * Sends the deliveries of the outbox, in order per subscriber, until each is delivered or given up. A slow subscriber does not delay
 * others. At least once: a delivery whose result could not be stored is sent again, with the same ID.
 */
export class Dispatcher {
  readonly #dependencies: Dependencies
  readonly #busy = new Map<string, Promise<void>>()
  readonly #stopping = new AbortController()
  /** Aborts deliveries in progress. */
  readonly #aborting = new AbortController()
  readonly #timer: NodeJS.Timeout
  readonly #unsubscribe: () => void
  #polling: Promise<void> | null = null
  #pollAgain = false
  /** Unix time of the last poll, milliseconds. */
  #polledAt = 0

  constructor(dependencies: Dependencies) {
    this.#dependencies = dependencies
    const onDue = contain('notification', () => this.#poll())
    this.#timer = setInterval(onDue, dependencies.settings.timing.pollMs)
    this.#unsubscribe = dependencies.commits.subscribe(() => this.#poll())
    this.#poll()
  }

  /** Lets deliveries in progress end for a moment, then aborts them. Those are sent again, by the next leader. */
  async stop(): Promise<void> {
    clearInterval(this.#timer)
    this.#unsubscribe()
    this.#stopping.abort()
    await this.#polling
    const finished = Promise.all(this.#busy.values())
    const { ended } = this.#dependencies.term
    const late = after(FINISH_MS, undefined, { signal: ended, ref: false }).catch(() => {})
    await Promise.race([finished, late])
    this.#aborting.abort()
    await finished
  }

  #poll(): void {
    if (this.#polling) {
      this.#pollAgain = true
      return
    }
    this.#pollAgain = false
    this.#polling = this.#pollOnce()
  }

  async #pollOnce(): Promise<void> {
    try {
      await this.#startDue()
    } catch (err) {
      if (!this.#dependencies.term.ended.aborted) {
        this.#dependencies.log.error({ err }, 'due deliveries could not be read')
      }
    }
    this.#polling = null
    if (this.#pollAgain && !this.#stopping.signal.aborted) this.#poll()
  }

  async #startDue(): Promise<void> {
    const limit = PARALLEL_MAX - this.#busy.size
    if (limit <= 0 || this.#stopping.signal.aborted) return
    // A leader that hung may not be it any more. If it still is, the next timed poll goes on.
    if (!this.#dependencies.term.isCertain()) return
    await this.#correctForClock()
    const due = await dueDeliveries(this.#dependencies.store.reader, {
      now: new Date().toISOString(),
      without: [...this.#busy.keys()],
      limit,
    })
    if (this.#stopping.signal.aborted) return
    for (const delivery of due) {
      const { subscriber_id: subscriber } = delivery
      this.#busy.set(subscriber, this.#deliverAndPoll(subscriber, delivery))
    }
  }

  /** If the clock was set back since the last poll, or perhaps before the start, advances retries that would wait longer than the backoff. */
  async #correctForClock(): Promise<void> {
    const now = Date.now()
    const wasSetBack = now < this.#polledAt - CLOCK_STEP_MS
    const isFirst = this.#polledAt === 0
    this.#polledAt = now
    const { retryMs } = this.#dependencies.settings.timing
    if (!wasSetBack && !isFirst) return
    const latest = new Date(now + (wasSetBack ? CLOCK_STEP_MS : Math.max(...retryMs))).toISOString()
    const { store, term } = this.#dependencies
    await advanceRetries({ store, authority: term.authority }, latest)
  }

  async #deliverAndPoll(subscriber: string, delivery: DueDelivery): Promise<void> {
    let stored = false
    try {
      stored = await this.#deliver(delivery)
    } catch (err) {
      const { log } = this.#dependencies
      if (err instanceof TermEnded)
        log.info({ subscriber }, 'a delivery is left to the next leader')
      else log.error({ err, subscriber }, 'the result of a delivery could not be stored')
    }
    this.#busy.delete(subscriber)
    // If it was not stored, the next timed poll sends the delivery again.
    if (stored) this.#poll()
  }

  /** Sends a delivery, and stores the result. @returns false if it was aborted, and nothing was stored */
  async #deliver(delivery: DueDelivery): Promise<boolean> {
    const { store, settings, egress, term, log } = this.#dependencies
    const unsure = new AbortController()
    const signal = AbortSignal.any([this.#aborting.signal, term.ended, unsure.signal])
    const beforeSending = () => {
      if (!term.isCertain()) unsure.abort()
    }
    const began = performance.now()
    const at = new Date().toISOString()
    const { delivered, status, outcome, logDetail } = await send(
      delivery,
      { settings, egress, secrets: store.secrets, beforeSending },
      signal,
    )
    if (signal.aborted && !delivered) return false
    if (logDetail) {
      const { subscriber_id: subscriber } = delivery
      log.info({ subscriber, outcome: logDetail }, 'a notification could not be delivered')
    }
    const duration = Math.round(performance.now() - began)
    const next = delivered ? null : nextAttempt(delivery, settings.timing, Date.now())
    const attempt = { at, status, outcome, duration_ms: duration }
    const { authority } = term
    await recordAttempt({ store, authority }, delivery, attempt, { delivered, next })
    return true
  }
}

type AttemptedDelivery = Pick<DueDelivery, 'event_type' | 'attempt_count' | 'at'>

/** The time of the next attempt after a failure, RFC 3339; null to give up. A test event isn't retried. */
export function nextAttempt(
  { event_type, attempt_count, at }: AttemptedDelivery,
  { retryMs, giveUpMs }: Pick<NotificationSettings['timing'], 'retryMs' | 'giveUpMs'>,
  now: number,
): string | null {
  const delay = retryMs[Math.min(attempt_count, retryMs.length - 1)] ?? 0
  const next = now + delay
  if (event_type === 'test' || next > Date.parse(at) + giveUpMs) return null
  return new Date(next).toISOString()
}

import type { Timing } from './timing.ts'

/** Whether each alert's condition holds, by subject; null if that is unknown now. */
export type AlertStates = ReadonlyMap<string, boolean | null>

/** What to notify the subscriber of. `removed`: alerts whose subject no longer exists, which are closed silently. */
export type AlertChanges = { fired: string[]; resolved: string[]; removed: string[] }

type EvaluatorTiming = Pick<Timing, 'holdMs' | 'notifyWindowMs'>

/**
 * Decides which alerts fire or resolve. A condition must hold for `holdMs`, and an alert notifies at most twice within
 * `notifyWindowMs`; one that flaps is notified of again after that.
 */
export class AlertEvaluator {
  readonly #timing: EvaluatorTiming
  /** By load balancer and subject: since when the condition differs from what the subscriber was notified of. */
  readonly #differsSince = new Map<string, Map<string, number>>()
  /** By load balancer and subject: the times of the last two notifications, oldest first. */
  readonly #notifiedAt = new Map<string, Map<string, number[]>>()

  constructor(timing: EvaluatorTiming) {
    this.#timing = timing
  }

  /**
   * @param now milliseconds of a monotonic clock
   * @param openAlerts the alerts that the subscriber was notified of
   */
  evaluate(
    now: number,
    lbId: string,
    states: AlertStates,
    openAlerts: ReadonlySet<string>,
  ): AlertChanges {
    const before = this.#differsSince.get(lbId)
    const differsSince = new Map<string, number>()
    const changes: AlertChanges = { fired: [], resolved: [], removed: [] }
    for (const [subject, state] of states) {
      if (state === null || state === openAlerts.has(subject)) continue
      const since = before?.get(subject) ?? now
      differsSince.set(subject, since)
      if (now - since < this.#timing.holdMs || this.#isSilenced(now, lbId, subject)) continue
      changes[state ? 'fired' : 'resolved'].push(subject)
    }
    changes.removed = [...openAlerts].filter((subject) => !states.has(subject))
    if (differsSince.size > 0) this.#differsSince.set(lbId, differsSince)
    else this.#differsSince.delete(lbId)
    return changes
  }

  /** Records that the events of these changes are in the outbox. */
  markNotified(now: number, lbId: string, { fired, resolved }: AlertChanges): void {
    const times = this.#notifiedAt.get(lbId) ?? new Map<string, number[]>()
    for (const [subject, at] of times) {
      if (now - (at.at(-1) ?? 0) >= this.#timing.notifyWindowMs) times.delete(subject)
    }
    for (const subject of [...fired, ...resolved]) {
      times.set(subject, [...(times.get(subject) ?? []), now].slice(-2))
      this.#differsSince.get(lbId)?.delete(subject)
    }
    this.#notifiedAt.set(lbId, times)
  }

  /** Forgets all other load balancers. */
  keepOnly(lbIds: ReadonlySet<string>): void {
    for (const all of [this.#differsSince, this.#notifiedAt]) {
      for (const lbId of all.keys()) if (!lbIds.has(lbId)) all.delete(lbId)
    }
  }

  #isSilenced(now: number, lbId: string, subject: string): boolean {
    const times = this.#notifiedAt.get(lbId)?.get(subject) ?? []
    return times.length === 2 && now - (times[0] as number) < this.#timing.notifyWindowMs
  }
}

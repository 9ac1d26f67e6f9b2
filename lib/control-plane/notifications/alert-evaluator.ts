import type { Timing } from './timing.ts'

/** What is so of each thing that can go wrong: true for wrong, null where that can't be told now. */
export type AlertStates = ReadonlyMap<string, boolean | null>

/** What has come up since subscribers were last told. `gone`: what was wrong is not there any more. */
export type AlertChanges = { began: string[]; ended: string[]; gone: string[] }

type Differing = { since: number }

/**
 * What of the findings is news, compared with the troubles that subscribers know of. Something is news once it has been so
 * for `holdMs`, and at most twice within `quietMs`: what flaps is told of as it is from time to time.
 */
export class AlertEvaluator {
  readonly #timing: Pick<Timing, 'holdMs' | 'quietMs'>
  /** Since when a finding is other than what was told, by load balancer and subject. */
  readonly #differing = new Map<string, Map<string, Differing>>()
  /** When subscribers were last told of a subject, oldest first; two at most. */
  readonly #told = new Map<string, Map<string, number[]>>()

  constructor(timing: Pick<Timing, 'holdMs' | 'quietMs'>) {
    this.#timing = timing
  }

  /** @param now milliseconds of a clock that only goes forward */
  look(now: number, lbId: string, findings: AlertStates, known: ReadonlySet<string>): AlertChanges {
    const before = this.#differing.get(lbId)
    const differing = new Map<string, Differing>()
    const news: AlertChanges = { began: [], ended: [], gone: [] }
    for (const [subject, wrong] of findings) {
      if (wrong === null || wrong === known.has(subject)) continue
      const since = before?.get(subject)?.since ?? now
      differing.set(subject, { since })
      if (now - since < this.#timing.holdMs || this.#isQuiet(now, lbId, subject)) continue
      news[wrong ? 'began' : 'ended'].push(subject)
    }
    news.gone = [...known].filter((subject) => !findings.has(subject))
    if (differing.size > 0) this.#differing.set(lbId, differing)
    else this.#differing.delete(lbId)
    return news
  }

  /** The subscriber has been told. */
  told(now: number, lbId: string, { began, ended }: AlertChanges): void {
    const times = this.#told.get(lbId) ?? new Map<string, number[]>()
    for (const [subject, at] of times) {
      if (now - (at.at(-1) ?? 0) >= this.#timing.quietMs) times.delete(subject)
    }
    for (const subject of [...began, ...ended]) {
      times.set(subject, [...(times.get(subject) ?? []), now].slice(-2))
      this.#differing.get(lbId)?.delete(subject)
    }
    this.#told.set(lbId, times)
  }

  /** Only these load balancers are watched from now on. */
  keepOnly(lbIds: ReadonlySet<string>): void {
    for (const all of [this.#differing, this.#told]) {
      for (const lbId of all.keys()) if (!lbIds.has(lbId)) all.delete(lbId)
    }
  }

  #isQuiet(now: number, lbId: string, subject: string): boolean {
    const times = this.#told.get(lbId)?.get(subject) ?? []
    return times.length === 2 && now - (times[0] as number) < this.#timing.quietMs
  }
}

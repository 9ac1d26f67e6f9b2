import { SAMPLE_OFFSETS, type Sample } from './sample.ts'

/** Responses, and those of them that are 5xx. */
export type ResponseCounts = { total: number; errors: number }

/** More 5xx responses than this share are many, if they are not just a few. */
const ERROR_SHARE_MAX = 0.05
const ERRORS_MIN = 5

/** Whether too many of the responses are 5xx. */
export const hasManyErrors = ({ total, errors }: ResponseCounts): boolean =>
  errors >= ERRORS_MIN && errors > total * ERROR_SHARE_MAX

/** Five minutes, in steps of 15 s. */
const STEP_MS = 15_000
const STEPS = 20

/** The counts of each step that had responses, by the step's number. */
type Steps = Map<number, ResponseCounts>

/** The responses of each load balancer in the last five minutes. Times are of `performance.now()`. */
export class RecentResponses {
  readonly #byLb = new Map<string, Steps>()
  /** The load balancers with a 5xx response in the last five minutes. */
  readonly #withErrors = new Set<string>()
  #prunedAt = 0

  /** Adds what a worker has counted of a load balancer since its previous report. */
  add(lbId: string, sample: Sample, now = performance.now()): void {
    const counts = countsIn(sample)
    if (counts.total === 0) return
    if (counts.errors > 0) this.#withErrors.add(lbId)
    const steps = this.#byLb.get(lbId) ?? new Map<number, ResponseCounts>()
    this.#byLb.set(lbId, steps)
    const step = Math.floor(now / STEP_MS)
    const { total, errors } = steps.get(step) ?? { total: 0, errors: 0 }
    steps.set(step, { total: total + counts.total, errors: errors + counts.errors })
  }

  of(lbId: string, now = performance.now()): ResponseCounts {
    const first = Math.floor(now / STEP_MS) - STEPS + 1
    const sum = { total: 0, errors: 0 }
    for (const [step, { total, errors }] of this.#byLb.get(lbId) ?? []) {
      if (step < first) continue
      sum.total += total
      sum.errors += errors
    }
    return sum
  }

  /** The load balancers of whose responses too many are 5xx. */
  withManyErrors(now = performance.now()): Set<string> {
    return new Set([...this.#withErrors].filter((lbId) => hasManyErrors(this.of(lbId, now))))
  }

  forget(lbId: string): void {
    this.#byLb.delete(lbId)
    this.#withErrors.delete(lbId)
  }

  /** Forgets what is older than five minutes. */
  prune(now = performance.now()): void {
    if (now - this.#prunedAt < STEP_MS) return
    this.#prunedAt = now
    const first = Math.floor(now / STEP_MS) - STEPS + 1
    for (const [lbId, steps] of this.#byLb) {
      for (const step of steps.keys()) if (step < first) steps.delete(step)
      if (steps.size === 0) this.#byLb.delete(lbId)
    }
    for (const lbId of this.#withErrors) {
      if (this.of(lbId, now).errors === 0) this.#withErrors.delete(lbId)
    }
  }
}

function countsIn(sample: Sample): ResponseCounts {
  const from = SAMPLE_OFFSETS.responses
  const byClass = sample.slice(from, from + 5)
  return { total: byClass.reduce((sum, one) => sum + one, 0), errors: byClass[4] ?? 0 }
}

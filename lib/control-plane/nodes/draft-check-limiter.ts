import { type Release, Semaphore } from '#lib/process/semaphore.ts'
import { Throttle } from '../accounts/throttle.ts'
import { tooManyRequests } from '../errors.ts'

const RUNNING_MAX = 10
const RUNNING_PER_CALLER_MAX = 4
/** Draft checks that one account or token may start within five minutes, so that nobody scans networks with them. */
export const TESTS_MAX = 60
const RETRY_SECONDS = 5

/** Limits draft checks: how many run at once, overall and per caller, and how many a caller starts. */
export class DraftCheckLimiter {
  readonly #throttle = new Throttle(TESTS_MAX)
  readonly #semaphore = new Semaphore(RUNNING_MAX)
  readonly #runningByCaller = new Map<string, number>()

  /** Starts a draft check. @returns how to end it @throws ApiError 429 */
  begin(caller: string): Release {
    const wait = this.#throttle.wait(caller)
    if (wait > 0) {
      const help = `${TESTS_MAX} tests within five minutes are enough. Try again in ${wait} s.`
      throw tooManyRequests(help, wait)
    }
    const running = this.#runningByCaller.get(caller) ?? 0
    const release = running < RUNNING_PER_CALLER_MAX ? this.#semaphore.tryAcquire() : null
    if (!release) {
      throw tooManyRequests('Other tests are running. Try again in a moment.', RETRY_SECONDS)
    }
    this.#throttle.count(caller)
    this.#runningByCaller.set(caller, running + 1)
    return () => {
      release()
      this.#endOf(caller)
    }
  }

  #endOf(caller: string): void {
    const running = (this.#runningByCaller.get(caller) ?? 0) - 1
    if (running > 0) this.#runningByCaller.set(caller, running)
    else this.#runningByCaller.delete(caller)
  }
}

import { Throttle } from '../accounts/throttle.ts'
import { tooManyRequests } from '../errors.ts'

/** Tests that may run at once, of everyone and of one account or token. */
const AT_ONCE_MAX = 10
const OWN_AT_ONCE_MAX = 4
/** Tests that one account or token may begin within five minutes, so that nobody scans networks with them. */
export const TESTS_MAX = 60
const RETRY_SECONDS = 5

/** Who may test a draft now. */
export class DraftCheckSemaphore {
  readonly #throttle = new Throttle(TESTS_MAX)
  readonly #running = new Set<{ whose: string }>()

  /** Begins a test. Returns how to end it. @throws ApiError 429 */
  begin(whose: string): () => void {
    const wait = this.#throttle.wait(whose)
    if (wait > 0) {
      const help = `${TESTS_MAX} tests within five minutes are enough. Try again in ${wait} s.`
      throw tooManyRequests(help, wait)
    }
    const own = [...this.#running].filter((turn) => turn.whose === whose).length
    if (own >= OWN_AT_ONCE_MAX || this.#running.size >= AT_ONCE_MAX) {
      throw tooManyRequests('Other tests are running. Try again in a moment.', RETRY_SECONDS)
    }
    this.#throttle.count(whose)
    const turn = { whose }
    this.#running.add(turn)
    return () => this.#running.delete(turn)
  }
}

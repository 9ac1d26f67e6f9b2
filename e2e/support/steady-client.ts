import { setImmediate } from 'node:timers/promises'
import { Agent, request } from 'undici'

export type SteadyResult = {
  succeeded: number
  /** Failures by error code or status. */
  failures: Record<string, number>
  /** The longest time between two successes. Milliseconds. */
  largestGapMs: number
}

/**
 * Requests `url` repeatedly, each time on a new connection, with `clients` concurrent loops, until it is stopped. Counts every
 * failure.
 */
export class SteadyClient {
  #running = true
  #failures: Record<string, number> = {}
  #succeededAt: number[] = []
  readonly #loops: Promise<void>[]

  constructor(url: string, clients = 4) {
    this.#loops = Array.from({ length: clients }, () => this.#loop(url))
  }

  get succeeded(): number {
    return this.#succeededAt.length
  }

  async stop(): Promise<SteadyResult> {
    this.#running = false
    await Promise.all(this.#loops)
    const times = this.#succeededAt.sort((a, b) => a - b)
    const gaps = times.slice(1).map((time, index) => time - (times[index] as number))
    return {
      succeeded: times.length,
      failures: this.#failures,
      largestGapMs: Math.max(0, ...gaps),
    }
  }

  async #loop(url: string): Promise<void> {
    while (this.#running) {
      const dispatcher = new Agent({ pipelining: 0, connect: { timeout: 5000 } })
      try {
        const { statusCode, body } = await request(url, { dispatcher })
        await body.dump()
        if (statusCode === 200) this.#succeededAt.push(performance.now())
        else this.#count(`status ${statusCode}`)
      } catch (error) {
        this.#count((error as NodeJS.ErrnoException).code ?? String(error))
      }
      await dispatcher.destroy()
      await setImmediate()
    }
  }

  #count(what: string): void {
    this.#failures[what] = (this.#failures[what] ?? 0) + 1
  }
}

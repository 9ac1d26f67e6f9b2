import { setTimeout as after } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { LeaderTask, Stop, Term } from './term.ts'

const RETRY_MS = 1000

/** The leader's tasks during one term. */
export class RunningTasks {
  readonly #term: Term
  readonly #log: Logger
  readonly #stopping = new AbortController()
  readonly #stops: Stop[] = []
  readonly #running: Promise<void>[]
  #stopped: Promise<void> | null = null
  /** Resolves when each task has started, or failed to. */
  readonly tried: Promise<unknown>

  constructor(tasks: readonly LeaderTask[], term: Term, log: Logger) {
    this.#term = term
    this.#log = log
    const tries = tasks.map((task) => this.#run(task))
    this.#running = tries.map(({ running }) => running)
    this.tried = Promise.all(tries.map(({ tried }) => tried))
  }

  /** Stops all tasks, once. Resolves when none does anything more. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop()
    return this.#stopped
  }

  async #stop(): Promise<void> {
    this.#stopping.abort()
    await Promise.all(this.#running)
    await Promise.all(this.#stops.map((stop) => stop()))
  }

  #run(task: LeaderTask): { tried: Promise<void>; running: Promise<void> } {
    const { promise: tried, resolve } = Promise.withResolvers<void>()
    return { tried, running: this.#startUntilStarted(task, resolve) }
  }

  async #startUntilStarted(task: LeaderTask, onTried: () => void): Promise<void> {
    const signal = AbortSignal.any([this.#stopping.signal, this.#term.ended])
    for (let failures = 0; !signal.aborted; failures += 1) {
      try {
        this.#stops.push(await task.start(this.#term))
        onTried()
        return
      } catch (err) {
        if (failures === 0)
          this.#log.error({ err, task: task.name }, 'a task could not start; retrying')
        onTried()
        await after(RETRY_MS, undefined, { signal, ref: false }).catch(() => {})
      }
    }
    onTried()
  }
}

import type { LoggerOptions } from 'pino'
import { DatabaseProblem, type DatabaseProblemKind } from './database-problem.ts'

/** A problem that has not been seen for this time is logged again. Milliseconds. */
const QUIET_MS = 60_000

/** Passes one log line for each kind of problem of the database, until it has ended. Every request and every timer would log it. */
export class ProblemLog {
  readonly #seenAt = new Map<DatabaseProblemKind, number>()
  readonly #now: () => number

  constructor(now = () => performance.now()) {
    this.#now = now
  }

  /** For pino: drops lines with an `err` that repeats. */
  readonly hooks: NonNullable<LoggerOptions['hooks']> = {
    logMethod: (() => {
      const repeats = (entry: unknown) => this.#repeats(entry)
      return function (args, method) {
        if (!repeats(args[0])) method.apply(this, args)
      }
    })(),
  }

  /** The problem has ended. The next one is logged. */
  reset(): void {
    this.#seenAt.clear()
  }

  #repeats(entry: unknown): boolean {
    const problem = (entry as { err?: unknown } | null | undefined)?.err
    if (!(problem instanceof DatabaseProblem)) return false
    const now = this.#now()
    const seenAt = this.#seenAt.get(problem.kind) ?? Number.NEGATIVE_INFINITY
    this.#seenAt.set(problem.kind, now)
    return now - seenAt < QUIET_MS
  }
}

/** That of this process. */
export const problemLog = new ProblemLog()

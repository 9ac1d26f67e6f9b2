import { contain, reportFault, wordsOfFault } from './faults.ts'

/** The process ends after so many uncaught exceptions within a minute: it can't be trusted any more. */
export const UNCAUGHT_MAX = 10
const WINDOW_MS = 60_000

export type LastResort = {
  /** As the process calls itself in its last words. */
  name: string
  /** Whether it serves already. Before that an exception ends it, as nothing depends on it yet. */
  isReady(): boolean
  /** Brings what is in memory into order again after an exception half-way; one that throws ends the process. */
  recover?(): void
}

/**
 * Keeps the process serving after an exception or a rejection that no boundary contained: it is counted as `uncaught`
 * and logged. The process ends with exit code 1 and one line on standard error after `UNCAUGHT_MAX` exceptions within a
 * minute, or where it can't recover; whoever supervises it starts it again.
 */
export function installLastResort({ name, isReady, recover = () => {} }: LastResort): void {
  const times: number[] = []
  const giveUp = (words: string): never => {
    process.stderr.write(`${name} ends: ${words}\n`)
    process.exit(1)
  }
  const survive = (fault: unknown) => {
    const now = performance.now()
    times.push(now)
    if (times.length > UNCAUGHT_MAX) times.shift()
    const oldest = times[0] ?? now
    if (times.length === UNCAUGHT_MAX && now - oldest < WINDOW_MS) {
      giveUp(
        `${UNCAUGHT_MAX} uncaught exceptions within a minute, the last: ${wordsOfFault(fault)}`,
      )
    }
    try {
      recover()
    } catch (another) {
      giveUp(
        `it could not recover from an exception (${wordsOfFault(fault)}): ${wordsOfFault(another)}`,
      )
    }
  }
  const onException = contain('uncaught', (fault: unknown) => {
    if (!isReady()) giveUp(wordsOfFault(fault))
    reportFault(fault, 'uncaught')
    survive(fault)
  })
  // Work was never completed, which whoever waits for it notices. No state is half changed, as with an exception.
  const onRejection = contain('uncaught', (fault: unknown) => reportFault(fault, 'uncaught'))
  // Whoever read its output has gone, as a terminal or a log daemon that starts again: that costs lines.
  process.stdout.on('error', () => {})
  process.stderr.on('error', () => {})
  process.on('uncaughtException', onException)
  process.on('unhandledRejection', onRejection)
}

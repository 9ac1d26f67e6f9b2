import { contain, faultMessage, reportFault } from './faults.ts'

/** After this many uncaught exceptions within a minute the process exits, as its state can't be trusted. */
export const UNCAUGHT_MAX = 10
const WINDOW_MS = 60_000

export type LastResort = {
  /** The process's name in its exit message. */
  name: string
  /** Until this is true, any exception ends the process. */
  isReady(): boolean
  /** Repairs the state in memory after an exception. If it throws, the process exits. */
  recover?(): void
}

/**
 * Keeps the process serving after an uncaught exception or rejection, which is counted as `uncaught` and logged. The process
 * exits with code 1 and one line on standard error after `UNCAUGHT_MAX` exceptions within a minute, or if it can't recover;
 * its supervisor starts it again.
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
        `${UNCAUGHT_MAX} uncaught exceptions within a minute, the last: ${faultMessage(fault)}`,
      )
    }
    try {
      recover()
    } catch (another) {
      giveUp(
        `it could not recover from an exception (${faultMessage(fault)}): ${faultMessage(another)}`,
      )
    }
  }
  const onException = contain('uncaught', (fault: unknown) => {
    if (!isReady()) giveUp(faultMessage(fault))
    reportFault(fault, 'uncaught')
    survive(fault)
  })
  // A rejection is harmless: the work that failed is incomplete, but no state is left half changed.
  const onRejection = contain('uncaught', (fault: unknown) => reportFault(fault, 'uncaught'))
  // The reader of its output is gone, such as a closed terminal or a restarted log daemon. Only lines are lost.
  process.stdout.on('error', () => {})
  process.stderr.on('error', () => {})
  process.on('uncaughtException', onException)
  process.on('unhandledRejection', onRejection)
}

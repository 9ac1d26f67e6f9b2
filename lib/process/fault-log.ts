import type { Boundary, FaultCount, FaultReporter } from './faults.ts'

/** At most one fault per boundary is logged in this time; its count includes the others. Milliseconds. */
export const FAULT_LOG_MS = 1000

/** Logs faults with their stacks, rate-limited: a callback that fails thousands of times a second must not fill the disk. */
export function faultLog(write: (fault: unknown, count: FaultCount) => void): FaultReporter {
  const loggedAt = new Map<Boundary, number>()
  return (fault, count) => {
    const now = performance.now()
    const last = loggedAt.get(count.boundary) ?? Number.NEGATIVE_INFINITY
    if (now - last < FAULT_LOG_MS) return
    loggedAt.set(count.boundary, now)
    write(fault, count)
  }
}

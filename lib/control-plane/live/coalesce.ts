import { contain } from '#lib/process/faults.ts'

/** Calls `notify` at once, and at most once per `intervalMs`: calls in between become one at its end. */
export function coalesce(
  notify: () => void,
  intervalMs: number,
): { call: () => void; stop: () => void } {
  let calledAt = Number.NEGATIVE_INFINITY
  let timer: NodeJS.Timeout | null = null
  const due = contain('report', () => {
    timer = null
    calledAt = performance.now()
    notify()
  })
  return {
    call() {
      if (timer) return
      const wait = calledAt + intervalMs - performance.now()
      if (wait > 0) timer = setTimeout(due, wait)
      else due()
    },
    stop() {
      if (timer) clearTimeout(timer)
    },
  }
}

import { contain } from '#lib/process/faults.ts'

/** A timer later than that means that this process stood still, milliseconds. */
const STALL_MS = 20

/**
 * Calls back after `timeout` milliseconds. If this process stood still meanwhile, and so may have left an answer
 * unread, that time is given back, once and no more than the timeout itself.
 * @param onFault called if `onTimeout` throws
 * @returns cancels it
 */
export function fairTimeout(
  timeout: number,
  onTimeout: () => void,
  onFault: (fault: unknown) => void,
): () => void {
  const due = performance.now() + timeout
  const expire = contain('health check', onTimeout, onFault)
  const onDue = contain(
    'health check',
    () => {
      const late = performance.now() - due
      if (late < STALL_MS) onTimeout()
      else timer = setTimeout(expire, Math.min(late, timeout))
    },
    onFault,
  )
  let timer = setTimeout(onDue, timeout)
  return () => clearTimeout(timer)
}

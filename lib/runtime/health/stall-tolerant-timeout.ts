import { contain } from '#lib/process/faults.ts'

/** A timer that is later than this means that the event loop stalled. Milliseconds. */
const STALL_MS = 20

/**
 * Calls back after `timeout` milliseconds. If the event loop stalled, a response may be waiting unread: the timeout is extended
 * once, by the length of the stall, at most by itself.
 * @param onFault called if `onTimeout` throws
 * @returns a function that cancels it
 */
export function stallTolerantTimeout(
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

/** A timer later than that means that this process stood still, milliseconds. */
const STALL_MS = 20

/**
 * Calls back after `timeout` milliseconds. If this process stood still meanwhile, and so may have left an answer
 * unread, that time is given back, once and no more than the timeout itself.
 * @returns cancels it
 */
export function fairTimeout(timeout: number, onTimeout: () => void): () => void {
  const due = performance.now() + timeout
  let timer = setTimeout(() => {
    const late = performance.now() - due
    if (late < STALL_MS) onTimeout()
    else timer = setTimeout(onTimeout, Math.min(late, timeout))
  }, timeout)
  return () => clearTimeout(timer)
}

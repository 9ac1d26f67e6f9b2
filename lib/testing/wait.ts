import { setTimeout } from 'node:timers/promises'

const POLL_MS = 20

/**
 * Waits until `read` answers something other than null, undefined or false, and answers that.
 * @throws Error with `what` and the last failure when it takes longer than `timeoutMs`.
 */
export async function waitFor<T>(
  what: string,
  read: () => Promise<T | null | undefined | false> | T | null | undefined | false,
  timeoutMs = 30_000,
): Promise<T> {
  const deadline = performance.now() + timeoutMs
  let last: unknown
  while (performance.now() < deadline) {
    try {
      const value = await read()
      if (value !== null && value !== undefined && value !== false) return value
    } catch (error) {
      last = error
    }
    await setTimeout(POLL_MS)
  }
  throw new Error(`${what}: not within ${timeoutMs} ms`, { cause: last })
}

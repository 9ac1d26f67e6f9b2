import { setTimeout } from 'node:timers/promises'

const POLL_MS = 20

/** The latency or interval of a simulated client, server or operator. To wait for a state, use `waitFor`. */
export const simulateDelay = (ms: number): Promise<void> => setTimeout(ms)

/** Lets a time limit pass, to prove afterwards that nothing happened at it. To wait for a state, use `waitFor`. */
export const outlast = (ms: number): Promise<void> => setTimeout(ms)

/**
 * Polls `read` until its result is neither null, undefined nor false. Exceptions count as such.
 * @returns that result
 * @throws Error with `what` and the last exception after `timeoutMs`
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

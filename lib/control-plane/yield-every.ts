import { setImmediate } from 'node:timers/promises'

/** How long work runs before it yields to the event loop. Milliseconds. */
const SLICE_MS = 5

/** The last caller in the queue. */
let last = Promise.resolve()

/**
 * Resolves in a later iteration of the event loop. Callers are queued, one per iteration, so that several long loops don't add up to
 * one long iteration.
 */
export function nextIteration(): Promise<void> {
  last = iterationAfter(last)
  return last
}

async function iterationAfter(previous: Promise<void>): Promise<void> {
  await previous
  await setImmediate()
}

/**
 * For long loops: returns a function to await in each step. It resolves at once during a time slice. After the slice it waits for a
 * later iteration of the event loop, so that other requests are served, and begins the next slice. The first slice begins now.
 */
export function yieldEvery(sliceMs = SLICE_MS): () => Promise<void> {
  let end = performance.now() + sliceMs
  return async () => {
    if (performance.now() < end) return
    await nextIteration()
    end = performance.now() + sliceMs
  }
}

import { setImmediate } from 'node:timers/promises'

/** How long a request's work runs before the event loop gets to run. Milliseconds. */
const SLICE_MS = 5

/** The last that waits for an iteration of its own. */
let last = Promise.resolve()

/**
 * Resolves in a later iteration of the event loop, one caller in each: so pieces of work that wait at the same time never hold
 * it together. First come, first served.
 */
export function nextIteration(): Promise<void> {
  last = iterationAfter(last)
  return last
}

async function iterationAfter(former: Promise<void>): Promise<void> {
  await former
  await setImmediate()
}

/**
 * For loops over much work: resolves at once while the work's slice lasts, and in a later iteration of the event loop when it
 * is over, so that other requests are served in between. The slice begins with the call.
 */
export function yieldEvery(sliceMs = SLICE_MS): () => Promise<void> {
  let end = performance.now() + sliceMs
  return async () => {
    if (performance.now() < end) return
    await nextIteration()
    end = performance.now() + sliceMs
  }
}

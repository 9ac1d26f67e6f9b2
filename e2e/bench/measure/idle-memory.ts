import { setTimeout } from 'node:timers/promises'
import type { Place } from '../contenders/contender.ts'
import { closeAll, openIdle } from './idle-clients.ts'
import { residentKib } from './memory.ts'

/** Requests before the measurement: code is compiled and buffers are allocated then. */
const FIRST = 500
const SAMPLE_MS = 250
/** How long the release of memory may take. Leaked memory is never released. */
const GIVE_BACK_MS = 15_000

export type IdleExtent = {
  pairs: number
  /** How long memory is sampled each time. Milliseconds. */
  settleMs: number
  /** How often all connections are opened and closed before the remaining memory counts. */
  fills: number
}

/**
 * The memory of each idle connection (KiB), and the memory after all are closed, in percent of that of the previous time. Pools
 * that are kept for later connections are filled first, so only a leak grows.
 */
export async function idleMemory(
  place: Place & { pids(): number[] },
  { pairs, settleMs, fills }: IdleExtent,
): Promise<{ each: number; after: number }> {
  const settled = () => settledKib(place.pids(), settleMs)
  /** Opens all connections and closes them. @returns the memory in between, KiB */
  const fill = async () => {
    const sockets = await openIdle(place, pairs)
    const open = await settled()
    await closeAll(sockets)
    return open
  }
  await closeAll(await openIdle(place, FIRST))
  const before = await settled()
  const open = await fill()
  for (let time = 1; time < fills; time += 1) await fill()
  const closed = await settled()
  await fill()
  const again = await settledKib(place.pids(), Math.max(settleMs, GIVE_BACK_MS), closed)
  return { each: (open - before) / pairs, after: (again / closed) * 100 }
}

/** The least memory that is sampled. Stops early at `enough`. */
async function settledKib(pids: number[], settleMs: number, enough = 0): Promise<number> {
  let least = Number.POSITIVE_INFINITY
  for (const end = performance.now() + settleMs; performance.now() < end && least > enough; ) {
    await setTimeout(SAMPLE_MS)
    least = Math.min(least, residentKib(pids))
  }
  return least
}

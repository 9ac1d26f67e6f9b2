import { setTimeout } from 'node:timers/promises'
import type { Place } from '../contenders/contender.ts'
import { closeAll, openIdle } from './idle-clients.ts'
import { residentKib } from './memory.ts'

/** What all have served before that counts: code is compiled, buffers are there. */
const FIRST = 500
const SAMPLE_MS = 250
/** It may take so long until what was left is given back; what is lost never is. */
const GIVE_BACK_MS = 15_000

export type IdleExtent = {
  pairs: number
  /** For as long memory is watched each time, milliseconds. */
  settleMs: number
  /** How often all are opened and closed before what is left counts. */
  fills: number
}

/**
 * Memory for each idle connection, KiB, and what there is when all have been closed, % of what there was the time before.
 * Pools that are kept for the next connections are nobody's loss, so they are filled first; what grows each time is.
 */
export async function idleMemory(
  place: Place & { pids(): number[] },
  { pairs, settleMs, fills }: IdleExtent,
): Promise<{ each: number; after: number }> {
  const settled = () => settledKib(place.pids(), settleMs)
  /** Opens all there may be and closes them. The memory in between, KiB. */
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

/** The least memory that is seen in a while of quiet, which is over when there is as little as `enough`. */
async function settledKib(pids: number[], settleMs: number, enough = 0): Promise<number> {
  let least = Number.POSITIVE_INFINITY
  for (const end = performance.now() + settleMs; performance.now() < end && least > enough; ) {
    await setTimeout(SAMPLE_MS)
    least = Math.min(least, residentKib(pids))
  }
  return least
}

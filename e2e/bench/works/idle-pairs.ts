import { setTimeout } from 'node:timers/promises'
import { withContenders } from '../contenders/all.ts'
import { type Contender, type Duty, MAX_PAIRS } from '../contenders/contender.ts'
import { closeAll, openIdle } from '../measure/idle-clients.ts'
import { residentKib } from '../measure/memory.ts'
import { type ByContender, type Measure, rowOf } from '../measure/row.ts'
import type { Work } from '../measure/work.ts'

/** What all have served before that counts: code is compiled, buffers are there. */
const FIRST = 500
const TIMES_TO_FILL_POOLS = 4
/** For as long a process may take to give memory back. */
const SETTLE_MS = 2000
const SAMPLE_MS = 250

const EACH: Measure = {
  measure: 'KiB of memory each',
  decimals: 1,
  ratio: 'ours/other',
  goal: { of: 'figure', better: 'lower', reach: 12, aim: 4 },
}
const AFTER: Measure = {
  measure: '% of the time before, when closed',
  decimals: 0,
  ratio: 'ours/other',
  goal: { of: 'figure', better: 'lower', reach: 110, aim: 105 },
}

/** Clients that have been answered once and stay connected, idle. */
function idleWork(name: string, title: string, duty: Duty): Work {
  return {
    name,
    run: (origin) =>
      withContenders(duty, origin.servers, async (contenders) => {
        const each: ByContender<number> = new Map()
        const after: ByContender<number> = new Map()
        for (const contender of contenders) {
          const memory = await memoryOf(contender)
          each.set(contender.name, [memory.each])
          after.set(contender.name, [memory.after])
        }
        return [rowOf(`${MAX_PAIRS} ${title}`, EACH, each), rowOf('', AFTER, after)]
      }),
  }
}

/**
 * Memory for each connection, KiB, and what there is when all have been closed, % of what there was the time before.
 * Pools that are kept for the next connections are nobody's loss, so they are filled first; what grows each time is.
 */
async function memoryOf(contender: Contender): Promise<{ each: number; after: number }> {
  await closeAll(await openIdle(contender, FIRST))
  const before = await settledKib(contender)
  const open = await fill(contender)
  for (let time = 1; time < TIMES_TO_FILL_POOLS; time += 1) await fill(contender)
  const closed = await settledKib(contender)
  await fill(contender)
  const again = await settledKib(contender)
  return { each: (open - before) / MAX_PAIRS, after: (again / closed) * 100 }
}

/** Opens all there may be and closes them. The memory in between, KiB. */
async function fill(contender: Contender): Promise<number> {
  const sockets = await openIdle(contender, MAX_PAIRS)
  const open = await settledKib(contender)
  await closeAll(sockets)
  return open
}

/** The least memory that is seen in a while of quiet. */
async function settledKib(contender: Contender): Promise<number> {
  let least = Number.POSITIVE_INFINITY
  for (const end = performance.now() + SETTLE_MS; performance.now() < end; ) {
    await setTimeout(SAMPLE_MS)
    least = Math.min(least, residentKib(contender.pids()))
  }
  return least
}

export const httpIdle = idleWork('http-idle', 'idle HTTP clients', { mode: 'http' })
export const tcpIdle = idleWork('tcp-idle', 'idle TCP pairs', { mode: 'tcp' })

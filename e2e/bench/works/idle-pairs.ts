import { withContenders } from '../contenders/all.ts'
import { type Duty, MAX_PAIRS } from '../contenders/contender.ts'
import { idleMemory } from '../measure/idle-memory.ts'
import { type ByContender, type Measure, rowOf } from '../measure/row.ts'
import type { Work } from '../measure/work.ts'

/** How long a process may take to release memory. */
const SETTLE_MS = 2000
/** Pools are full by then. */
const FILLS = 4

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

/** Idle clients that have sent one request. */
function idleWork(name: string, title: string, duty: Duty): Work {
  return {
    name,
    run: (origin) =>
      withContenders(duty, origin.servers, async (contenders) => {
        const each: ByContender<number> = new Map()
        const after: ByContender<number> = new Map()
        for (const contender of contenders) {
          const memory = await idleMemory(contender, {
            pairs: MAX_PAIRS,
            settleMs: SETTLE_MS,
            fills: FILLS,
          })
          each.set(contender.name, [memory.each])
          after.set(contender.name, [memory.after])
        }
        return [rowOf(`${MAX_PAIRS} ${title}`, EACH, each), rowOf('', AFTER, after)]
      }),
  }
}

export const httpIdle = idleWork('http-idle', 'idle HTTP clients', { mode: 'http', workers: 1 })
export const tcpIdle = idleWork('tcp-idle', 'idle TCP pairs', { mode: 'tcp', workers: 1 })

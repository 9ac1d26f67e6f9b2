import { withContenders } from '../contenders/all.ts'
import type { Contender, Duty } from '../contenders/contender.ts'
import { takeRounds } from '../measure/rounds.ts'
import { cpuMeasure, type Goal, LATENCIES, loadRows, rateMeasure } from '../measure/row.ts'
import type { Work } from '../measure/work.ts'
import { type WrkLoad, wrk } from '../measure/wrk.ts'

type Description = {
  name: string
  title: string
  duty: Duty
  load: Omit<WrkLoad, 'seconds'>
  /** Fields of the request that depend on whom it is for. */
  headersFor?: (contender: Contender) => Promise<string[]>
  unit: string
  /** How many of the units a request is. */
  unitsPerRequest?: number
  /** Of CPU time. */
  goal: Pick<Goal, 'reach' | 'aim'>
}

/** A work whose load is wrk's. */
export function wrkWork(description: Description): Work {
  const { name, title, duty, load, headersFor, unit, unitsPerRequest = 1, goal } = description
  return {
    name,
    run: (origin, { rounds, seconds }) =>
      withContenders(duty, origin.servers, async (contenders) => {
        const taken = await takeRounds(contenders, rounds, async (contender) => {
          const headers = [...(load.headers ?? []), ...((await headersFor?.(contender)) ?? [])]
          const sample = await wrk(contender, { ...load, headers, seconds })
          return { ...sample, units: sample.units * unitsPerRequest }
        })
        const cpu = {
          ...cpuMeasure(unit),
          goal: { of: 'ratio', better: 'higher', ...goal } as const,
        }
        return loadRows(title, [cpu, rateMeasure(unit), ...LATENCIES], taken)
      }),
  }
}

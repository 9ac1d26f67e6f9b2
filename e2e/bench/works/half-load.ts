import { withContenders } from '../contenders/all.ts'
import type { Contender, Place } from '../contenders/contender.ts'
import { takeRounds } from '../measure/rounds.ts'
import { cpuMeasure, type Goal, LATENCIES, loadRows } from '../measure/row.ts'
import { spreadOf } from '../measure/statistics.ts'
import { steadyRate } from '../measure/steady-rate.ts'
import type { Work } from '../measure/work.ts'
import { wrk } from '../measure/wrk.ts'

const TRIES = 3
const GOAL: Goal = { of: 'ratio', better: 'lower', reach: 1.5, aim: 1 }

/** Latency at a constant rate: half of HAProxy's throughput. */
export const httpHalfLoad: Work = {
  name: 'http-half-load',
  run: (origin, { rounds, seconds }) =>
    withContenders({ mode: 'http', workers: 1 }, origin.servers, async (contenders) => {
      const perSecond = Math.round((await mostOf(contenders)) / 2)
      const load = (place: Place) => steadyRate({ ...place, perSecond, seconds })
      const direct = await load(origin)
      const taken = await takeRounds(contenders, rounds, load)
      const title = `HTTP at ${perSecond}/s (no proxy: p50 ${direct.p50.toFixed(2)}, p99 ${direct.p99.toFixed(2)})`
      const latencies = LATENCIES.map((measure) => ({ ...measure, goal: GOAL }))
      return loadRows(title, [...latencies, cpuMeasure('request')], taken)
    }),
}

/** HAProxy's throughput, requests per second. */
async function mostOf(contenders: Contender[]): Promise<number> {
  const haproxy = contenders.find(({ name }) => name === 'haproxy')
  if (!haproxy) throw new Error('HAProxy is not there')
  const rates: number[] = []
  for (let round = 0; round < TRIES; round += 1) {
    const { units, seconds } = await wrk(haproxy, { path: '/', connections: 64, seconds: 2 })
    rates.push(units / seconds)
  }
  return spreadOf(rates).median
}

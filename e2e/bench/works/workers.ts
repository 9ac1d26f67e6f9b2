import { withContenders } from '../contenders/all.ts'
import type { Contender } from '../contenders/contender.ts'
import { type Rounds, takeRounds } from '../measure/rounds.ts'
import { cpuMeasure, loadRows, type Measure, type Row, rateMeasure, rowOf } from '../measure/row.ts'
import type { Sample } from '../measure/sample.ts'
import type { Work } from '../measure/work.ts'
import { wrk } from '../measure/wrk.ts'

const SCALE: Measure = { measure: '× of its one', decimals: 2, ratio: 'ours/other' }

const LOADS = [
  { title: 'HTTP keep-alive, two workers', unit: 'request', headers: [] },
  { title: 'new connections, two workers', unit: 'connection', headers: ['Connection: close'] },
]

/**
 * The throughput that a second process or thread adds. The load generator and the servers need CPUs too, so on two CPUs no proxy can
 * double it.
 */
export const twoWorkers: Work = {
  name: 'two-workers',
  run: ({ servers }, { rounds, seconds }) =>
    withContenders({ mode: 'http', workers: 1 }, servers, (ones) =>
      withContenders({ mode: 'http', workers: 2 }, servers, async (twos) => {
        const rows: Row[] = []
        for (const { title, unit, headers } of LOADS) {
          const load = { path: '/', connections: 64, headers, seconds }
          const taken = await takeRounds([...ones, ...twos], rounds, (to) => wrk(to, load))
          const both = new Map([...taken].filter(([contender]) => contender.workers === 2))
          rows.push(...loadRows(title, [rateMeasure(unit), cpuMeasure(unit)], both))
          rows.push(rowOf('', SCALE, scaling(ones, twos, taken)))
        }
        return rows
      }),
    ),
}

const perSecond = ({ units, seconds }: Sample) => units / seconds

/** Each proxy's throughput with two, divided by that with one, per round. */
function scaling(ones: Contender[], twos: Contender[], taken: Rounds) {
  return new Map(
    ones.map((one, index) => {
      const alone = (taken.get(one) ?? []).map(perSecond)
      const together = (taken.get(twos[index] as Contender) ?? []).map(perSecond)
      return [one.name, together.map((rate, round) => rate / (alone[round] ?? Number.NaN))]
    }),
  )
}

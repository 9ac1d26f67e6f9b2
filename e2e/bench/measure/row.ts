import type { ContenderName } from '../contenders/contender.ts'
import type { Rounds } from './rounds.ts'
import type { Measured } from './sample.ts'
import { ratioSpread, type Spread, spreadOf } from './statistics.ts'

/** What has to be reached and what is aimed at: of the ratio to HAProxy, or of this product's own figure. */
export type Goal = {
  of: 'ratio' | 'figure'
  better: 'higher' | 'lower'
  reach: number
  aim: number
}

/** A line of the table. */
export type Row = {
  work: string
  measure: string
  /** How many decimals the figures have. */
  decimals: number
  figures: Partial<Record<ContenderName, Spread>>
  /** This product beside the other. Of what costs, the other's through this one's, so that more is better; of times not. */
  ratios: Partial<Record<ContenderName, Spread>>
  goal?: Goal
}

type Figure = {
  measure: string
  decimals: number
  of: (sample: Measured) => number
  /** Of two figures, ours and the other's. */
  ratio: 'ours/other' | 'other/ours'
}

/** The figures of every work that is a load; `unit` is what it counts, in the singular. */
const figures = (unit: string): Figure[] => [
  {
    measure: `CPU µs a ${unit}`,
    decimals: 1,
    of: ({ cpuMicroseconds, units }) => cpuMicroseconds / units,
    ratio: 'other/ours',
  },
  {
    measure: `${unit === 'MB' ? unit : `${unit}s`}/s`,
    decimals: 0,
    of: ({ units, seconds }) => units / seconds,
    ratio: 'ours/other',
  },
  { measure: 'p50 ms', decimals: 2, of: ({ p50 }) => p50, ratio: 'ours/other' },
  { measure: 'p99 ms', decimals: 2, of: ({ p99 }) => p99, ratio: 'ours/other' },
]

/** The lines of a work that is a load, the goal being one of CPU time. */
export function rowsOf(work: string, unit: string, rounds: Rounds, goal: Goal): Row[] {
  return figures(unit).map((figure, index) => ({
    work: index === 0 ? work : '',
    ...rowOf(figure, rounds),
    ...(index === 0 ? { goal } : {}),
  }))
}

function rowOf({ measure, decimals, of, ratio }: Figure, rounds: Rounds): Omit<Row, 'work'> {
  const values = (name: ContenderName) => (rounds.get(name) ?? []).map(of)
  const ours = values('fairlead')
  const row: Omit<Row, 'work'> = { measure, decimals, figures: {}, ratios: {} }
  for (const name of rounds.keys()) {
    const other = values(name)
    row.figures[name] = spreadOf(other)
    if (name === 'fairlead') continue
    row.ratios[name] = ratio === 'ours/other' ? ratioSpread(ours, other) : ratioSpread(other, ours)
  }
  return row
}

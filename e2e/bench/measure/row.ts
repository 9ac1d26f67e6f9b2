import type { ContenderName } from '../contenders/contender.ts'
import type { Rounds } from './rounds.ts'
import type { Measured } from './sample.ts'
import { ratioSpread, type Spread, spreadOf } from './statistics.ts'

/** The required and the desired value, of the ratio to HAProxy or of Fairlead's own figure. */
export type Goal = {
  of: 'ratio' | 'figure'
  better: 'higher' | 'lower'
  reach: number
  aim: number
}

/** What a row shows. */
export type Measure = {
  measure: string
  /** Decimals of the figures. */
  decimals: number
  /** Ours divided by the other's. For costs the other's divided by ours, so that more is better. */
  ratio: 'ours/other' | 'other/ours'
  goal?: Goal
}

/** A row of the table. */
export type Row = Measure & {
  work: string
  figures: Partial<Record<ContenderName, Spread>>
  /** Fairlead compared with the other proxy. */
  ratios: Partial<Record<ContenderName, Spread>>
}

/** One value per round and proxy. Values with the same index belong to the same round. */
export type ByContender<Value> = Map<ContenderName, Value[]>

export function rowOf(work: string, measure: Measure, values: ByContender<number>): Row {
  const ours = values.get('fairlead') ?? []
  const row: Row = { work, ...measure, figures: {}, ratios: {} }
  for (const [name, theirs] of values) {
    row.figures[name] = spreadOf(theirs)
    if (name === 'fairlead') continue
    const [above, below] = measure.ratio === 'ours/other' ? [ours, theirs] : [theirs, ours]
    row.ratios[name] = ratioSpread(above, below)
  }
  return row
}

type LoadMeasure = Measure & { of: (sample: Measured) => number }

/** CPU time per unit of the work. @param unit in the singular */
export const cpuMeasure = (unit: string): LoadMeasure => ({
  measure: `CPU µs a ${unit}`,
  decimals: 1,
  of: ({ cpuMicroseconds, units }) => cpuMicroseconds / units,
  ratio: 'other/ours',
})

export const rateMeasure = (unit: string): LoadMeasure => ({
  measure: `${unit === 'MB' ? unit : `${unit}s`}/s`,
  decimals: 0,
  of: ({ units, seconds }) => units / seconds,
  ratio: 'ours/other',
})

export const LATENCIES: LoadMeasure[] = [
  { measure: 'p50 ms', decimals: 2, of: ({ p50 }) => p50, ratio: 'ours/other' },
  { measure: 'p99 ms', decimals: 2, of: ({ p99 }) => p99, ratio: 'ours/other' },
]

/** The rows of a load. */
export function loadRows(work: string, measures: LoadMeasure[], rounds: Rounds): Row[] {
  return measures.map(({ of, ...measure }, index) => {
    const values = new Map([...rounds].map(([{ name }, samples]) => [name, samples.map(of)]))
    return rowOf(index === 0 ? work : '', measure, values)
  })
}

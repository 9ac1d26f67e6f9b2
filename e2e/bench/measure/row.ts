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

/** What a line tells. */
export type Measure = {
  measure: string
  /** How many decimals the figures have. */
  decimals: number
  /** Ours through the other's, or of what is to be spent sparingly the other's through ours, so that more is better. */
  ratio: 'ours/other' | 'other/ours'
  goal?: Goal
}

/** A line of the table. */
export type Row = Measure & {
  work: string
  figures: Partial<Record<ContenderName, Spread>>
  /** This product beside the other. */
  ratios: Partial<Record<ContenderName, Spread>>
}

/** One value a round and contender; the same places in the lists were measured one after the other. */
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

/** CPU time of each unit, which is what the work counts, in the singular. */
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

/** The lines of a work that is a load. */
export function loadRows(work: string, measures: LoadMeasure[], rounds: Rounds): Row[] {
  return measures.map(({ of, ...measure }, index) => {
    const values = new Map([...rounds].map(([{ name }, samples]) => [name, samples.map(of)]))
    return rowOf(index === 0 ? work : '', measure, values)
  })
}

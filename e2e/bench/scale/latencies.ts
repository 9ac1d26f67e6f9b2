import { quantile } from '../../support/figures.ts'

/** Milliseconds. */
export type Latencies = { p50: number; p99: number; max: number }

export function latenciesOf(ms: readonly number[]): Latencies {
  const at = (share: number) => quantile([...ms], share)
  return { p50: at(0.5), p99: at(0.99), max: Math.max(...ms) }
}

export const shown = ({ p50, p99, max }: Latencies) =>
  `p50 ${p50.toFixed(2)} ms, p99 ${p99.toFixed(1)} ms, at most ${max.toFixed(1)} ms`

import type { Failover } from '#lib/core/failover.ts'
import type { Figures } from '#lib/testing/network/probes.ts'
import { type Figure, quantile } from '../support/figures.ts'

/** Both hosts may answer for this long. Milliseconds. */
const BOTH_MAX_MS = 2

/** How far the gap in the history may be from what clients saw, at p50. Milliseconds. */
export const REPORT_OFF_P50_MS = 60

/** What all faults of a run come to. */
export class Totals {
  gapMaxMs = 0
  faults = 0
  bothAnswering = 0
  lostWrites = 0

  /** Counts a fault. @param isGapCounted whether its gap has the common limit */
  add({ gapMs, bothMs }: Figures, isGapCounted = true): void {
    this.faults += 1
    if (bothMs > BOTH_MAX_MS) this.bothAnswering += 1
    if (isGapCounted) this.gapMaxMs = Math.max(this.gapMaxMs, gapMs)
  }

  get line(): string {
    const both = `both answering ${this.bothAnswering} of ${this.faults} faults`
    return `cluster: gap max ${Math.ceil(this.gapMaxMs)} ms, ${both}, lost writes ${this.lostWrites}`
  }
}

/** The table's rows of a fault that struck several times. */
export function gapFigures(
  what: string,
  all: readonly Figures[],
  { max, p50, movesTraffic }: { max: number; p50?: number; movesTraffic: boolean },
): Figure[] {
  const gaps = all.map(({ gapMs }) => gapMs)
  const both = all.filter(({ bothMs }) => bothMs > BOTH_MAX_MS).length
  // A process that goes on may get the traffic back.
  const expected = movesTraffic ? /^12/ : /^1$/
  const unexpected = all.filter(({ letters }) => !expected.test(letters)).length
  return [
    {
      what: `${what}, gap p50`,
      value: quantile(gaps, 0.5),
      unit: 'ms',
      ...(p50 === undefined ? {} : { atMost: p50 }),
    },
    {
      what: `${what}, gap max of ${all.length}`,
      value: Math.max(...gaps),
      unit: 'ms',
      atMost: max,
    },
    { what: `${what}, both answering`, value: both, unit: 'faults', atMost: 0 },
    { what: `${what}, other hosts answered than should`, value: unexpected, atMost: 0 },
  ]
}

/** The gaps in the history beside those that clients saw. None for a fault without a failover. */
export function reportFigures(
  what: string,
  all: readonly (Figures & { failover: Failover | null })[],
): Figure[] {
  const pairs = all.flatMap(({ gapMs, failover }) =>
    failover ? [{ seen: gapMs, reported: failover.gap_ms, reason: failover.reason }] : [],
  )
  if (pairs.length === 0) return []
  const reasons = [...new Set(pairs.map(({ reason }) => reason))].join(', ')
  const off = pairs.map(({ seen, reported }) => Math.abs(reported - seen))
  const reported = pairs.map((pair) => pair.reported)
  return [
    { what: `${what}, reported (${reasons}) p50`, value: quantile(reported, 0.5), unit: 'ms' },
    {
      what: `${what}, reported is off by p50`,
      value: quantile(off, 0.5),
      unit: 'ms',
      atMost: REPORT_OFF_P50_MS,
    },
    { what: `${what}, reported is off by at most`, value: Math.max(...off), unit: 'ms' },
  ]
}

/** A median and the extremes around it. */
export type Spread = { median: number; least: number; most: number }

/** @throws RangeError without values */
export function spreadOf(values: number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length / 2
  const low = sorted[Math.ceil(middle) - 1]
  const high = sorted[Math.floor(middle)]
  const [least] = sorted
  const most = sorted.at(-1)
  if (low === undefined || high === undefined || least === undefined || most === undefined) {
    throw new RangeError('no values')
  }
  return { median: (low + high) / 2, least, most }
}

/** Of the ratios in each round: what both had to bear in the same seconds cancels out. */
export function ratioSpread(numerators: number[], denominators: number[]): Spread {
  return spreadOf(numerators.map((value, round) => value / (denominators[round] ?? Number.NaN)))
}

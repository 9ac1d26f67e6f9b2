/** A median with the minimum and maximum. */
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

/** Of the ratios in each round: other load on the machine affects both proxies of a round and cancels out. */
export function ratioSpread(numerators: number[], denominators: number[]): Spread {
  return spreadOf(numerators.map((value, round) => value / (denominators[round] ?? Number.NaN)))
}

/** What was measured, and the bar it has to keep. */
export type Figure = {
  what: string
  value: number
  unit?: string
  atMost?: number
  atLeast?: number
}

function keeps({ value, atMost = value, atLeast = value }: Figure): boolean {
  return value <= atMost && value >= atLeast
}

function words({ what, value, unit = '', atMost, atLeast }: Figure): string {
  const rounded = Number(value.toPrecision(4))
  const bars = [
    atLeast === undefined ? '' : `, at least ${atLeast}`,
    atMost === undefined ? '' : `, at most ${atMost}`,
  ]
  return `${what}: ${rounded} ${unit}`.trimEnd() + bars.join('')
}

/** The figures that missed their bar, in words; prints all of them. */
export function missed(figures: Figure[]): string[] {
  for (const figure of figures) console.log(`${keeps(figure) ? ' ' : '!'} ${words(figure)}`)
  return figures.filter((figure) => !keeps(figure)).map(words)
}

/** Of a list of values: the one that this share of them does not exceed; NaN for none. */
export function quantile(values: number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

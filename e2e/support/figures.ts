/** A measurement and its limit. */
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

/** Prints all figures. @returns those that missed their limit, as text */
export function missed(figures: Figure[]): string[] {
  for (const figure of figures) console.log(`${keeps(figure) ? ' ' : '!'} ${words(figure)}`)
  return figures.filter((figure) => !keeps(figure)).map(words)
}

/** A quantile of the values; NaN if there are none. */
export function quantile(values: number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

const UNITS = [
  ['day', 86_400],
  ['h', 3600],
  ['min', 60],
] as const

/** A duration in its largest whole unit: "12 s", "5 min", "3 h", "1 day", "9 days". */
export function elapsed(milliseconds: number): string {
  const seconds = Math.max(0, Math.round(milliseconds / 1000))
  for (const [unit, size] of UNITS) {
    if (seconds < size) continue
    const count = Math.floor(seconds / size)
    return `${count} ${unit}${unit === 'day' && count > 1 ? 's' : ''}`
  }
  return `${seconds} s`
}

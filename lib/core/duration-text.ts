const DURATION = /^(\d{1,12})(?:\.(\d{1,9}))?s$/

/** Parses a protobuf JSON duration such as `"0.500s"` to milliseconds; null if it is invalid. */
export function parseDuration(text: string): number | null {
  const match = DURATION.exec(text)
  if (!match) return null
  const seconds = Number(match[1])
  const fraction = Number(`0.${match[2] ?? '0'}`)
  return seconds * 1000 + Math.round(fraction * 1000)
}

/** Formats milliseconds as the API does, with no decimals or three: `500` is `"0.500s"`, `4000` is `"4s"`. */
export function formatDuration(milliseconds: number): string {
  return milliseconds % 1000 === 0
    ? `${milliseconds / 1000}s`
    : `${(milliseconds / 1000).toFixed(3)}s`
}

let last = 0

/**
 * Now, as the API writes it: RFC 3339, UTC, microseconds. Two calls never give the same instant and a later call
 * gives a later one, so that ordering by creation time is the order of creation.
 */
export function timestamp(): string {
  const now = Math.floor((performance.timeOrigin + performance.now()) * 1000)
  last = Math.max(now, last + 1)
  const seconds = new Date(Math.floor(last / 1000)).toISOString().slice(0, -1)
  return `${seconds}${String(last % 1000).padStart(3, '0')}Z`
}

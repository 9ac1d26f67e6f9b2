/** Timestamps follow a larger step back of the clock; during a smaller one they increase slowly. Microseconds. */
const STEP_BACK_US = 1_000_000
/** A larger drift from the system clock is a step. Milliseconds, the resolution of `Date.now()`. */
const DRIFT_MS = 2

let offset = Date.now() - performance.now()
let last = 0

/** The system clock in microseconds, including steps, which `performance.timeOrigin` ignores. */
function wallMicroseconds(): number {
  const drift = Date.now() - (offset + performance.now())
  if (Math.abs(drift) > DRIFT_MS) offset += drift
  return Math.floor((offset + performance.now()) * 1000)
}

/**
 * The current time in the API's format: RFC 3339, UTC, microseconds. Increases with each call, unless the system clock was set back by
 * more than a second. To order events, use a sequence number or `laterOf`.
 */
export function timestamp(): string {
  const now = wallMicroseconds()
  last = now > last || now < last - STEP_BACK_US ? now : last + 1
  return rfc3339(last)
}

/** `at`, or a microsecond after `before` if that is later. Both in the format of `timestamp`. */
export function laterOf(at: string, before: string): string {
  return at > before ? at : rfc3339(microsecondsOf(before) + 1)
}

function rfc3339(microseconds: number): string {
  const seconds = new Date(Math.floor(microseconds / 1000)).toISOString().slice(0, -1)
  return `${seconds}${String(microseconds % 1000).padStart(3, '0')}Z`
}

function microsecondsOf(text: string): number {
  const [, fraction = ''] = /\.(\d+)Z$/.exec(text) ?? []
  return Date.parse(text) * 1000 + Number(fraction.slice(3, 6) || 0)
}

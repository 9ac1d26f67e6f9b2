/** A step of the clock back by more than this is followed; a smaller one, as NTP slews, only slows time down. Microseconds. */
const STEP_BACK_US = 1_000_000
/** By how much the system's clock may stand off before its step is taken over. Milliseconds: `Date.now()` has no fraction. */
const DRIFT_MS = 2

let offset = Date.now() - performance.now()
let last = 0

/** The system's clock in microseconds, however it was set meanwhile. `performance` alone keeps the time of the start. */
function wallMicroseconds(): number {
  const drift = Date.now() - (offset + performance.now())
  if (Math.abs(drift) > DRIFT_MS) offset += drift
  return Math.floor((offset + performance.now()) * 1000)
}

/**
 * Now, as the API writes it: RFC 3339, UTC, microseconds. A later call gives a later instant, unless the system's clock
 * was set back by more than a second in between: what has to stay in order then goes by a number, or by `laterOf`.
 */
export function timestamp(): string {
  const now = wallMicroseconds()
  last = now > last || now < last - STEP_BACK_US ? now : last + 1
  return rfc3339(last)
}

/** `at`, or the instant after `before` where the clock was set back meanwhile. Both as `timestamp` writes them. */
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

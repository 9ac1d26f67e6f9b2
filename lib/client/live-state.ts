let live = false

/** Whether the event stream is connected. */
export function isLive(): boolean {
  return live
}

/** @returns whether it was connected before */
export function setLive(now: boolean): boolean {
  const before = live
  live = now
  return before
}

/** A poll now and then, in case an event was missed. */
const FALLBACK_MS = 30_000

/** The polling interval of data that events keep up to date: `ms` while the event stream is not connected. */
export function pollInterval(ms: number): number {
  return live ? FALLBACK_MS : ms
}

let live = false

/** Whether events tell this tab what changes. Polling is then only the net below them. */
export function isLive(): boolean {
  return live
}

/** @returns whether it was before. */
export function setLive(now: boolean): boolean {
  const before = live
  live = now
  return before
}

const FALLBACK_MS = 30_000

/** How soon to look again at what events tell of: after `ms` while none come. */
export function pollInterval(ms: number): number {
  return live ? FALLBACK_MS : ms
}

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

const NET_MS = 30_000

/** How soon to look again at what events tell of: after `ms` while none come. */
export function unlessLive(ms: number): number {
  return live ? NET_MS : ms
}

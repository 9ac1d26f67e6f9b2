/** Runs slow work after the next paint, so that the response to a click shows first. */
export function afterPaint(work: () => void): void {
  // The first frame is the one in progress.
  requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(work)))
}

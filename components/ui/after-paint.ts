/**
 * Does something once the browser has painted: the answer to a press shows at once, and what takes long comes after it.
 */
export function afterPaint(work: () => void): void {
  // The first is in the frame that is being made.
  requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(work)))
}

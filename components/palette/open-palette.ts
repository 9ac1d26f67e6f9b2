/** The window event that opens the palette. */
export const OPEN_PALETTE_EVENT = 'open-palette'

/** Opens the palette. */
export function openPalette(): void {
  window.dispatchEvent(new Event(OPEN_PALETTE_EVENT))
}

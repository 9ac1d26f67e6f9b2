/** Where a mounted row begins and ends, in pixels from the top of the page. */
type Extent = { start: number; end: number }

/**
 * The rows of a windowed table that exist: those near the window, those to keep, the one with the focus and the rows
 * beside it, from which Tab goes on. Indices; -1 is none.
 */
export function mountedRows(
  near: readonly number[],
  kept: readonly number[],
  focused: number,
  count: number,
): number[] {
  const besideFocus = focused < 0 ? [] : [focused - 1, focused, focused + 1]
  return [...new Set([...near, ...kept, ...besideFocus])]
    .filter((index) => index >= 0 && index < count)
    .sort((one, other) => one - other)
}

/**
 * How much room the rows that don't exist take: before each row that does, and last after all of them. `top` is where
 * the table's body begins, `height` that of all its rows.
 */
export function gapsAround(shown: readonly Extent[], top: number, height: number): number[] {
  const ends = [top, ...shown.map(({ end }) => end)]
  const starts = [...shown.map(({ start }) => start), top + height]
  return starts.map((start, position) => start - (ends[position] ?? start))
}

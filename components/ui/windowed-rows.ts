/** Start and end of a mounted row, in pixels from the top of the page. */
type Extent = { start: number; end: number }

/**
 * The mounted rows of a windowed table, as indices: those near the viewport, those to keep, the focused one and its
 * neighbours, which Tab moves to. -1 stands for none.
 */
export function mountedRows(
  near: readonly number[],
  keep: readonly number[],
  focused: number,
  count: number,
): number[] {
  const besideFocus = focused < 0 ? [] : [focused - 1, focused, focused + 1]
  return [...new Set([...near, ...keep, ...besideFocus])]
    .filter((index) => index >= 0 && index < count)
    .sort((one, other) => one - other)
}

/**
 * The heights of the rows that are not mounted: before each mounted row, and after the last.
 * @param top the start of the table's body
 * @param height the height of all rows
 */
export function gapsAround(shown: readonly Extent[], top: number, height: number): number[] {
  const ends = [top, ...shown.map(({ end }) => end)]
  const starts = [...shown.map(({ start }) => start), top + height]
  return starts.map((start, position) => start - (ends[position] ?? start))
}

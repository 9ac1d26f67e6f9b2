'use client'
import { defaultRangeExtractor, useWindowVirtualizer } from '@tanstack/react-virtual'
import { Fragment, type ReactNode, type Ref, useEffect, useMemo, useState } from 'react'
import { Tbody } from './table.tsx'
import { useHydrated } from './use-hydrated.ts'
import { useScrollMargin } from './use-scroll-margin.ts'
import { gapsAround, mountedRows } from './windowed-rows.ts'

/*
 * The body of a table that may be long. Up to 100 rows are all mounted; of more, only those near the viewport and two
 * spacers. The page scrolls, not the table.
 *
 *   <Table name="Rules" rowCount={rules.length}>
 *     <Thead>…</Thead>
 *     <WindowedTbody items={rules} idOf={({ id }) => `frontend-${id}`} keep={[editedRowId]} target={useTarget()}>
 *       {(rule, rowProps) => <TargetRow id={`frontend-${rule.id}`} {...rowProps}>…</TargetRow>}
 *     </WindowedTbody>
 *   </Table>
 *
 * - An item is one `Tr`, which takes `rowProps` (ref, aria-rowindex, data-index). Its height is measured and may change.
 * - `idOf` identifies an item's row. It is the row's React key, and what `keep` and `target` refer to.
 * - `keep`: rows that stay mounted, such as one with unsaved input. The focused row and its neighbours stay by themselves,
 *   so that Tab continues from there.
 * - `target`: the row that the URL's fragment names. The page scrolls to it.
 * - A row that leaves the viewport is unmounted and loses its state, unless it is in `keep`.
 */

/** A table with more rows is windowed. */
export const WINDOWED_OVER = 100

const OVERSCAN = 8
const HEADER_ROWS = 1
/** The assumed height of a row before it is measured. */
const ROW_HEIGHT_PX = 44
/** How many rows the server renders, which does not know the viewport. */
const FIRST_ROWS = 25

/** What a windowed row's `Tr` takes. */
export type WindowedRowProps = {
  ref?: Ref<HTMLTableRowElement>
  'aria-rowindex': number
  'data-index': number
}

type Props<Item> = {
  items: readonly Item[]
  idOf: (item: Item) => string
  keep?: readonly string[]
  target?: string
  children: (item: Item, rowProps: WindowedRowProps) => ReactNode
}

/** The windowed body of a table; see above. */
export function WindowedTbody<Item>({
  items,
  idOf,
  keep = [],
  target = '',
  children,
}: Props<Item>) {
  const windowed = items.length > WINDOWED_OVER
  const hydrated = useHydrated()
  const ids = useMemo(() => items.map(idOf), [items, idOf])
  const [focused, setFocused] = useState<string | null>(null)
  const [body, setBody] = useState<HTMLTableSectionElement | null>(null)
  const scrollMargin = useScrollMargin(windowed ? body : null)
  const virtualizer = useWindowVirtualizer<HTMLTableRowElement>({
    enabled: windowed && hydrated,
    count: items.length,
    getItemKey: (index) => ids[index] ?? index,
    estimateSize: () => ROW_HEIGHT_PX,
    overscan: OVERSCAN,
    scrollMargin,
    rangeExtractor: (range) =>
      mountedRows(
        defaultRangeExtractor(range),
        keep.map((id) => ids.indexOf(id)),
        focused === null ? -1 : ids.indexOf(focused),
        range.count,
      ),
  })
  const targetIndex = windowed && target !== '' ? ids.indexOf(target) : -1
  // biome-ignore lint/correctness/useExhaustiveDependencies: once for a target, not again when rows before it come or go.
  useEffect(() => {
    if (targetIndex >= 0) virtualizer.scrollToIndex(targetIndex, { align: 'center' })
  }, [target, targetIndex >= 0])

  const rowAt = (index: number, ref?: WindowedRowProps['ref']) => {
    const item = items[index]
    if (item === undefined) return null
    const rowProps = { 'aria-rowindex': index + HEADER_ROWS + 1, 'data-index': index }
    return (
      <Fragment key={ids[index]}>{children(item, ref ? { ...rowProps, ref } : rowProps)}</Fragment>
    )
  }
  const firstRows = () => [
    ...items.slice(0, FIRST_ROWS).map((_, index) => rowAt(index)),
    spacer('after', (items.length - FIRST_ROWS) * ROW_HEIGHT_PX),
  ]
  const nearRows = () => {
    const shown = virtualizer.getVirtualItems()
    const gaps = gapsAround(shown, scrollMargin, virtualizer.getTotalSize())
    return [
      ...shown.flatMap(({ index }, position) => [
        spacer(`before ${ids[index]}`, gaps[position]),
        rowAt(index, virtualizer.measureElement),
      ]),
      spacer('after', gaps.at(-1)),
    ]
  }
  const allRows = () => items.map((_, index) => rowAt(index))
  return (
    <Tbody
      ref={setBody}
      onFocus={(event) => setFocused(ids[indexOfRow(event.target)] ?? null)}
      onBlur={({ currentTarget, relatedTarget }) => {
        // Within the table, the next row gets the focus and must not be unmounted before.
        if (!currentTarget.contains(relatedTarget)) setFocused(null)
      }}
    >
      {!windowed ? allRows() : hydrated ? nearRows() : firstRows()}
    </Tbody>
  )
}

function indexOfRow(element: Element): number {
  return Number(element.closest<HTMLElement>('tr[data-index]')?.dataset.index ?? -1)
}

/** The space of rows that are not mounted. */
function spacer(key: string, height = 0): ReactNode {
  if (height <= 0) return null
  return (
    <tr key={key} aria-hidden className="border-none! p-0!" style={{ height }}>
      <td className="border-none! p-0!" />
    </tr>
  )
}

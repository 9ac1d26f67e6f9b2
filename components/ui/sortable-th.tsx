import { ArrowDown, ArrowUp, ChevronsUpDown } from 'lucide-react'
import { Th } from './table.tsx'

type Props = {
  children: string
  /** The table's current order by this column. */
  sorted?: 'ascending' | 'descending'
  /** Orders by the column, or reverses the order. */
  onSort: () => void
}

const ICONS = { ascending: ArrowUp, descending: ArrowDown }

/** A column header that sorts the table. */
export function SortableTh({ children, sorted, onSort }: Props) {
  const Icon = sorted ? ICONS[sorted] : ChevronsUpDown
  return (
    <Th aria-sort={sorted}>
      {/* Where rows are cards the header is hidden, so nothing in it may be focusable. */}
      <span className="sm:hidden">{children}</span>
      <button
        type="button"
        className="-mx-1.5 inline-flex h-7 items-center gap-1 rounded-control px-1.5 hover:bg-surface-sunken hover:text-text max-sm:hidden"
        onClick={onSort}
      >
        {children}
        <Icon aria-hidden className={sorted ? 'size-3.5 text-accent' : 'size-3.5 opacity-60'} />
      </button>
    </Th>
  )
}

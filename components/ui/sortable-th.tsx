import { ArrowDown, ArrowUp, ChevronsUpDown } from 'lucide-react'
import { Th } from './table.tsx'

type Props = {
  children: string
  /** How the table is ordered by this column now, if it is. */
  sorted?: 'ascending' | 'descending'
  /** Orders by it; the other way round where it is ordered by it already. */
  onSort: () => void
}

const ICONS = { ascending: ArrowUp, descending: ArrowDown }

/** A column's header that is a button to order the table by it. */
export function SortableTh({ children, sorted, onSort }: Props) {
  const Icon = sorted ? ICONS[sorted] : ChevronsUpDown
  return (
    <Th aria-sort={sorted}>
      {/* Where rows are cards the header is not seen, so nothing in it may take the focus. */}
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

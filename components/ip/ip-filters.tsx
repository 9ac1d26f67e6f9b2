import { REGION_OPTIONS } from '#components/lb/list/list-filters.tsx'
import { FilterBar } from '#components/ui/filter-bar.tsx'
import type { IpOrder, IpQuery } from './ip-query.ts'

const STATE_OPTIONS = [
  { value: '', label: 'All' },
  { value: 'attached', label: 'Attached' },
  { value: 'conserved', label: 'Conserved' },
]

const ORDER_OPTIONS: { value: IpOrder; label: string }[] = [
  { value: 'address_asc', label: 'Lowest address first' },
  { value: 'address_desc', label: 'Highest address first' },
  { value: 'lb_asc', label: 'Attached to, A to Z' },
  { value: 'lb_desc', label: 'Attached to, Z to A' },
]

const SELECTS = [
  {
    name: 'region',
    label: 'Region',
    options: REGION_OPTIONS,
    className: 'grow basis-32 sm:basis-auto sm:grow-0 sm:w-36',
  },
  {
    name: 'state',
    label: 'State',
    options: STATE_OPTIONS,
    className: 'grow basis-32 sm:basis-auto sm:grow-0 sm:w-32',
  },
  { name: 'order', label: 'Order', options: ORDER_OPTIONS, className: 'w-full sm:w-48' },
] as const

type Props = {
  query: IpQuery
  typed: { text: string; set: (text: string) => void }
  onChange: (next: Partial<IpQuery>) => void
}

/** Filters and sorts the list of IP addresses. */
export function IpFilters({ query, typed, onChange }: Props) {
  return (
    <FilterBar
      searchLabel="Filter by address or load balancer"
      typed={typed}
      selects={SELECTS}
      values={query}
      onChange={(name, value) => onChange({ [name]: value })}
    />
  )
}

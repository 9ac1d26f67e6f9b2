import { X } from 'lucide-react'
import { Button } from '#components/ui/button.tsx'
import { FilterBar } from '#components/ui/filter-bar.tsx'
import { oneOf, type Parameters, position, text } from '#components/ui/url-state.ts'
import type { LbListQuery } from '#lib/client/lb-queries.ts'
import type { OverviewOrder } from '#lib/core/observed.ts'
import { OVERVIEW_ORDERS } from '#lib/core/orders.ts'
import { REGION_NAMES, REGIONS } from '#lib/core/regions.ts'
import { HEALTH_OPTIONS } from '../health/health-text.ts'

/** The options of a region filter. */
export const REGION_OPTIONS = [
  { value: '', label: 'All regions' },
  ...REGIONS.map((value) => ({ value, label: REGION_NAMES[value] })),
]

export const REGION_PARAMETER = oneOf(['', ...REGIONS], '')

/** The list's filters, order and page in the URL. */
export const LB_LIST_PARAMETERS: Parameters<LbListQuery> = {
  search: text,
  region: REGION_PARAMETER,
  health: oneOf(
    HEALTH_OPTIONS.map(({ value }) => value),
    '',
  ),
  tag: text,
  order: oneOf(OVERVIEW_ORDERS, 'health_asc'),
  page: position,
}

/** Whether some load balancers may be filtered out. */
export function isFiltered({ search, region, health, tag }: LbListQuery): boolean {
  return search !== '' || region !== '' || health !== '' || tag !== ''
}

const ORDER_OPTIONS: { value: OverviewOrder; label: string }[] = [
  { value: 'health_asc', label: 'Worst health first' },
  { value: 'health_desc', label: 'Best health first' },
  { value: 'created_at_asc', label: 'Oldest first' },
  { value: 'created_at_desc', label: 'Newest first' },
  { value: 'name_asc', label: 'Name, A to Z' },
  { value: 'name_desc', label: 'Name, Z to A' },
  { value: 'region_asc', label: 'Region, A to Z' },
  { value: 'region_desc', label: 'Region, Z to A' },
]

const SELECTS = [
  {
    name: 'region',
    label: 'Region',
    options: REGION_OPTIONS,
    className: 'grow basis-32 sm:basis-auto sm:grow-0 sm:w-36',
  },
  {
    name: 'health',
    label: 'Health',
    options: HEALTH_OPTIONS,
    className: 'grow basis-32 sm:basis-auto sm:grow-0 sm:w-36',
  },
  {
    name: 'order',
    label: 'Order',
    options: ORDER_OPTIONS,
    className: 'grow basis-32 sm:basis-auto sm:grow-0 sm:w-44',
  },
] as const

type Props = {
  query: LbListQuery
  typed: { text: string; set: (text: string) => void }
  onChange: (next: Partial<LbListQuery>) => void
}

/** The filters and the order of the list of load balancers. */
export function ListFilters({ query, typed, onChange }: Props) {
  return (
    <FilterBar
      searchLabel="Filter by name, tag or IP address"
      typed={typed}
      selects={SELECTS}
      values={query}
      onChange={(name, value) => onChange({ [name]: value })}
    >
      {query.tag && (
        <Button
          className="h-9! max-w-full min-w-0"
          aria-label={`Tag ${query.tag}: no longer filter by it`}
          onClick={() => onChange({ tag: '' })}
        >
          <span className="truncate">Tag: {query.tag}</span>
          <X aria-hidden className="size-3.5 shrink-0" />
        </Button>
      )}
    </FilterBar>
  )
}

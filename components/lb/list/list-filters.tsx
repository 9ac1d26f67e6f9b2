import { X } from 'lucide-react'
import { Button } from '#components/ui/button.tsx'
import { SelectField } from '#components/ui/select-field.tsx'
import { TextField } from '#components/ui/text-field.tsx'
import type { LbListQuery } from '#lib/client/lb-queries.ts'
import type { OverviewOrder } from '#lib/core/observed.ts'
import { REGION_NAMES, REGIONS } from '#lib/core/regions.ts'

/** A list's choice of regions. */
export const REGION_OPTIONS = [
  { value: '', label: 'All regions' },
  ...REGIONS.map((value) => ({ value, label: REGION_NAMES[value] })),
]

const ORDER_OPTIONS: { value: OverviewOrder; label: string }[] = [
  { value: 'created_at_asc', label: 'Oldest first' },
  { value: 'created_at_desc', label: 'Newest first' },
  { value: 'name_asc', label: 'Name, A to Z' },
  { value: 'name_desc', label: 'Name, Z to A' },
  { value: 'region_asc', label: 'Region, A to Z' },
  { value: 'region_desc', label: 'Region, Z to A' },
]

type Props = {
  query: LbListQuery
  typed: { text: string; set: (text: string) => void }
  onGo: (next: Partial<LbListQuery>) => void
}

/** What is listed, and in which order. */
export function ListFilters({ query, typed, onGo }: Props) {
  return (
    <search className="flex flex-wrap items-end gap-2">
      <TextField
        label="Filter by name, tag or IP address"
        hideLabel
        type="search"
        placeholder="Filter by name, tag or IP address"
        className="w-full sm:w-72"
        value={typed.text}
        onChange={(event) => typed.set(event.target.value)}
      />
      <SelectField
        label="Region"
        hideLabel
        options={REGION_OPTIONS}
        value={query.region}
        className="grow basis-32 sm:basis-auto sm:grow-0 sm:w-36"
        onChange={(event) => onGo({ region: event.target.value as LbListQuery['region'] })}
      />
      <SelectField
        label="Order"
        hideLabel
        options={ORDER_OPTIONS}
        value={query.order}
        className="grow basis-32 sm:basis-auto sm:grow-0 sm:w-40"
        onChange={(event) => onGo({ order: event.target.value as OverviewOrder })}
      />
      {query.tag && (
        <Button
          className="h-9! max-w-full min-w-0"
          aria-label={`Tag ${query.tag}: no longer filter by it`}
          onClick={() => onGo({ tag: '' })}
        >
          <span className="truncate">Tag: {query.tag}</span>
          <X aria-hidden className="size-3.5 shrink-0" />
        </Button>
      )}
    </search>
  )
}

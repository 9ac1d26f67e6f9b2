import { REGION_OPTIONS } from '#components/lb/list/list-filters.tsx'
import { SelectField } from '#components/ui/select-field.tsx'
import { TextField } from '#components/ui/text-field.tsx'
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

type Props = {
  query: IpQuery
  typed: { text: string; set: (text: string) => void }
  onGo: (next: Partial<IpQuery>) => void
}

/** Which addresses are shown, and in which order. */
export function IpFilters({ query, typed, onGo }: Props) {
  return (
    <search className="flex flex-wrap items-end gap-2">
      <TextField
        label="Filter by address or load balancer"
        hideLabel
        type="search"
        placeholder="Filter by address or load balancer"
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
        onChange={(event) => onGo({ region: event.target.value as IpQuery['region'] })}
      />
      <SelectField
        label="State"
        hideLabel
        options={STATE_OPTIONS}
        value={query.state}
        className="grow basis-32 sm:basis-auto sm:grow-0 sm:w-32"
        onChange={(event) => onGo({ state: event.target.value as IpQuery['state'] })}
      />
      <SelectField
        label="Order"
        hideLabel
        options={ORDER_OPTIONS}
        value={query.order}
        className="w-full sm:w-48"
        onChange={(event) => onGo({ order: event.target.value as IpOrder })}
      />
    </search>
  )
}

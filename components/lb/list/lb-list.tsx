'use client'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Search } from 'lucide-react'
import { useState } from 'react'
import { ButtonLink } from '#components/ui/button-link.tsx'
import { EmptyState } from '#components/ui/empty-state.tsx'
import { PageHeader } from '#components/ui/page-header.tsx'
import { Skeleton } from '#components/ui/skeleton.tsx'
import { TextField } from '#components/ui/text-field.tsx'
import { consolePath } from '#lib/client/console-path.ts'
import { LBS_PAGE_SIZE, lbInterval, lbList } from '#lib/client/lb-reads.ts'
import { queryOf } from '#lib/client/read.ts'
import { RefreshWarning, UpdatedAt } from '../refresh-state.tsx'
import { LbTable } from './lb-table.tsx'
import { Pager } from './pager.tsx'
import { Presentation } from './presentation.tsx'
import { useListQuery } from './use-list-query.ts'

/** All load balancers, live; the product's presentation while there are none. */
export function LbList() {
  const { query: wanted, change, goTo } = useListQuery()
  const query = useQuery({
    ...queryOf(lbList(wanted)),
    placeholderData: keepPreviousData,
    refetchInterval: ({ state }) => lbInterval(state.data?.lbs ?? []),
  })
  const { data } = query
  if (data && data.total_count === 0 && wanted.search === '') return <Presentation />
  return (
    <div className="grid gap-5">
      <PageHeader
        title="Load Balancer"
        actions={
          <ButtonLink variant="primary" href={consolePath.createLoadBalancer()}>
            Create a Load Balancer
          </ButtonLink>
        }
      />
      <div className="flex flex-wrap items-end justify-between gap-3">
        <SearchField value={wanted.search} onChange={(search) => change({ search, page: 1 })} />
        {data && <UpdatedAt query={query} />}
      </div>
      <RefreshWarning query={query} />
      {!data && !query.error && <Skeleton className="h-48" />}
      {data && data.lbs.length > 0 && <LbTable overviews={data.lbs} />}
      {data && data.lbs.length === 0 && (
        <EmptyState icon={<Search aria-hidden />} title="No load balancer matches">
          No name or tag contains “{wanted.search}”.
        </EmptyState>
      )}
      {data && data.total_count > LBS_PAGE_SIZE && (
        <Pager page={wanted.page} size={LBS_PAGE_SIZE} total={data.total_count} onGo={goTo} />
      )}
    </div>
  )
}

function SearchField({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  // The address holds it trimmed; what is being typed may end in a space.
  const [text, setText] = useState(value)
  return (
    <TextField
      label="Filter by name or tag"
      hideLabel
      type="search"
      placeholder="Filter by name or tag"
      className="w-full max-w-72"
      value={text}
      onChange={(event) => {
        setText(event.target.value)
        onChange(event.target.value.trim())
      }}
    />
  )
}

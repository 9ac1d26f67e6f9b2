'use client'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Search } from 'lucide-react'
import { Button } from '#components/ui/button.tsx'
import { ButtonLink } from '#components/ui/button-link.tsx'
import { EmptyState } from '#components/ui/empty-state.tsx'
import { PageHeader } from '#components/ui/page-header.tsx'
import { Skeleton } from '#components/ui/skeleton.tsx'
import { useListState } from '#components/ui/use-url-state.ts'
import { browserQuery } from '#lib/client/api-query.ts'
import { consolePath } from '#lib/client/console-path.ts'
import { LBS_PAGE_SIZE, type LbListQuery, lbInterval, lbList } from '#lib/client/lb-queries.ts'
import { REGION_NAMES } from '#lib/core/regions.ts'
import { HEALTH_OPTIONS } from '../health/health-text.ts'
import { RefreshWarning, UpdatedAt } from '../refresh-state.tsx'
import { LbTable } from './lb-table.tsx'
import { isFiltered, LB_LIST_PARAMETERS, ListFilters } from './list-filters.tsx'
import { Pager } from './pager.tsx'
import { Presentation } from './presentation.tsx'

/** All load balancers; the product presentation while there are none. */
export function LbList() {
  const { state, change, clear, typed } = useListState(LB_LIST_PARAMETERS, { page: 1 })
  const query = useQuery({
    ...browserQuery(lbList(state)),
    placeholderData: keepPreviousData,
    refetchInterval: ({ state }) => lbInterval(state.data?.lbs ?? []),
  })
  const { data } = query
  if (data && data.total_count === 0 && !isFiltered(state)) return <Presentation />
  return (
    <div className="grid gap-5">
      <PageHeader
        title="Load Balancer"
        actions={
          <>
            <ButtonLink href={consolePath.nodes()}>Nodes</ButtonLink>
            <ButtonLink changes variant="primary" href={consolePath.createLoadBalancer()}>
              Create a Load Balancer
            </ButtonLink>
          </>
        }
      />
      <div className="flex flex-wrap items-end justify-between gap-3">
        <ListFilters query={state} typed={typed} onChange={change} />
        {data && <UpdatedAt query={query} />}
      </div>
      <RefreshWarning query={query} />
      {data && <MatchCount query={state} total={data.total_count} />}
      {!data && !query.error && <Skeleton className="h-48" />}
      {data && data.lbs.length > 0 && (
        <LbTable overviews={data.lbs} order={state.order} onChange={change} />
      )}
      {data && data.lbs.length === 0 && (
        <NoneHere query={state} total={data.total_count} onClear={clear} onChange={change} />
      )}
      {data && data.total_count > LBS_PAGE_SIZE && (
        <Pager
          page={state.page}
          size={LBS_PAGE_SIZE}
          total={data.total_count}
          onGo={(page) => change({ page })}
        />
      )}
    </div>
  )
}

type NoneHereProps = {
  query: LbListQuery
  total: number
  onClear: () => void
  onChange: (next: Partial<LbListQuery>) => void
}

function NoneHere({ query, total, onClear, onChange }: NoneHereProps) {
  if (total > 0) {
    return (
      <EmptyState
        icon={<Search aria-hidden />}
        title={`There is no page ${query.page}`}
        action={<Button onClick={() => onChange({ page: 1 })}>Go to the first page</Button>}
      />
    )
  }
  return (
    <EmptyState
      icon={<Search aria-hidden />}
      title="No load balancer matches"
      action={<Button onClick={onClear}>Clear the filter</Button>}
    >
      {noMatchText(query)}
    </EmptyState>
  )
}

function noMatchText({ search, region, health, tag }: LbListQuery): string {
  const state = HEALTH_OPTIONS.find(({ value }) => value === health)?.label
  const being = health && ` with the health “${state}”`
  const where = region && ` in ${REGION_NAMES[region]}`
  const tagged = tag && ` with the tag “${tag}”`
  const found = search && ` that has “${search}” in its name, tags or IP address`
  return `There is none${where}${being}${tagged}${found}.`
}

/** Tells screen readers how many load balancers match. */
function MatchCount({ query, total }: { query: LbListQuery; total: number }) {
  return (
    <p role="status" className="sr-only">
      {isFiltered(query) &&
        `${total} ${total === 1 ? 'load balancer matches' : 'load balancers match'}.`}
    </p>
  )
}

'use client'
import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { Search } from 'lucide-react'
import { Button } from '#components/ui/button.tsx'
import { EmptyState } from '#components/ui/empty-state.tsx'
import { LoadOlder } from '#components/ui/load-older.tsx'
import { useUrlState } from '#components/ui/use-url-state.ts'
import { browserQuery } from '#lib/client/api-query.ts'
import { lbChangeSubjects, lbChanges } from '#lib/client/change-queries.ts'
import { pollInterval } from '#lib/client/live-state.ts'
import type { Lb } from '#lib/core/lb.ts'
import { RefreshWarning } from '../refresh-state.tsx'
import { useBackends, useFrontends, useOverview } from '../use-lb.ts'
import { historyEntries } from './change-text.ts'
import { FailoverItem } from './failover-item.tsx'
import { HistoryFilters } from './history-filters.tsx'
import { HISTORY_PARAMETERS } from './history-query.ts'
import { SaveItem } from './save-item.tsx'

const interval = () => pollInterval(5000)

/** A load balancer's history: its edits, failovers and switchovers, newest first. */
export function HistoryTab({ id }: { id: string }) {
  const overview = useOverview(id).data
  return overview ? <History lb={overview.lb} /> : null
}

function History({ lb }: { lb: Lb }) {
  const { state: filter, push } = useUrlState(HISTORY_PARAMETERS)
  const query = useInfiniteQuery({
    ...lbChanges(lb.id, filter),
    placeholderData: keepPreviousData,
    // Once older pages are loaded, a refetch would move the text under the reader.
    refetchInterval: ({ state }) => ((state.data?.pages.length ?? 1) > 1 ? false : interval()),
  })
  const subjects = useQuery({ ...browserQuery(lbChangeSubjects(lb.id)), refetchInterval: interval })
  const rules = [...(useFrontends(lb).data ?? []), ...(useBackends(lb).data ?? [])]
  const existingRules = new Set(rules.map(({ id }) => id))
  const names = new Map(subjects.data?.resources.map(({ id, name }) => [id, name]))
  const isFiltered = filter.rule !== '' || filter.actor !== ''
  if (!query.data) return <RefreshWarning query={query} />
  const entries = historyEntries(query.data.pages.flatMap(({ changes }) => changes))
  const newestEdit = isFiltered ? undefined : entries.find(({ failover }) => failover === null)
  return (
    <div className="grid gap-4">
      <HistoryFilters subjects={subjects.data} filter={filter} onChange={push} />
      <RefreshWarning query={query} />
      {entries.length === 0 && (
        <EmptyState
          icon={<Search aria-hidden />}
          title="No change matches"
          action={<Button onClick={() => push({ rule: '', actor: '' })}>Clear the filter</Button>}
        />
      )}
      {entries.length > 0 && (
        <ol
          aria-label="Changes, newest first"
          className="divide-y divide-border rounded-card border border-border bg-surface px-4"
        >
          {entries.map((entry) =>
            entry.failover ? (
              <FailoverItem key={entry.key} lbId={lb.id} entry={entry} failover={entry.failover} />
            ) : (
              <SaveItem
                key={entry.key}
                lbId={lb.id}
                isNewest={entry === newestEdit}
                {...{ entry, names, existingRules }}
              />
            ),
          )}
        </ol>
      )}
      <LoadOlder query={query} />
    </div>
  )
}

import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import type { Change, ChangeList, ChangeSubjects } from '#lib/core/change.ts'
import type { Restored } from '#lib/core/restore.ts'
import { callApi, callTagged } from './api.ts'
import { apiPath } from './api-path.ts'
import type { ApiGet, ApiQuery } from './api-query.ts'
import { lbKey } from './lb-queries.ts'

/** IDs of the changed object and of the actor; "" matches all. `rule` can be `FAILOVERS`. */
export type HistoryFilter = { rule: string; actor: string }

/** Matches failovers and switchovers. An object's ID matches its edits only. */
export const FAILOVERS = 'failovers'

const PAGE_SIZE = 50

const changesKey = (lbId: string, filter: HistoryFilter) => [...lbKey(lbId), 'changes', filter]

function fetchPage(
  get: ApiGet,
  lbId: string,
  { rule, actor }: HistoryFilter,
  before: number | null,
) {
  const kind = rule === FAILOVERS ? 'failovers' : rule === '' ? '' : 'edits'
  const resource = rule === FAILOVERS ? '' : rule
  const query = { resource_id: resource, actor_id: actor, kind, page_size: PAGE_SIZE }
  return get<ChangeList>(apiPath.changes(lbId, before === null ? query : { ...query, before }))
}

/** A load balancer's history, newest first. A page starts after the last change of the page before. */
export function lbChanges(lbId: string, filter: HistoryFilter) {
  return infiniteQueryOptions({
    queryKey: changesKey(lbId, filter),
    queryFn: ({ signal, pageParam }) =>
      fetchPage((path) => callApi('GET', path, { signal }), lbId, filter, pageParam),
    initialPageParam: null as number | null,
    getNextPageParam: ({ changes }) => (changes.length < PAGE_SIZE ? null : oldestOf(changes)),
  })
}

const oldestOf = (changes: Change[]) => changes.at(-1)?.id ?? null

/** The first page of the history, for prefetching. */
export function firstLbChanges(lbId: string, filter: HistoryFilter): ApiQuery<unknown> {
  return {
    queryKey: changesKey(lbId, filter),
    fetch: async (get) => ({
      pages: [await fetchPage(get, lbId, filter, null)],
      pageParams: [null],
    }),
  }
}

/** The objects and actors of a load balancer's history. */
export function lbChangeSubjects(lbId: string): ApiQuery<ChangeSubjects> {
  return {
    queryKey: [...lbKey(lbId), 'changes', 'subjects'],
    fetch: (get) => get(apiPath.changeSubjects(lbId)),
  }
}

/** The newest edit of a load balancer itself, or of one of its rules; null if there is none. */
export function lastChange(lbId: string, resourceId: string): ApiQuery<Change | null> {
  return {
    queryKey: [...lbKey(lbId), 'changes', 'last', resourceId],
    fetch: async (get) => {
      const query = { resource_id: resourceId, kind: 'edits', page_size: 1 }
      return (await get<ChangeList>(apiPath.changes(lbId, query))).changes[0] ?? null
    },
  }
}

/** How long new connections waited in a load balancer's newest move, in milliseconds; null if the history has none. */
export function lastMoveGap(lbId: string): ApiQuery<number | null> {
  return {
    queryKey: [...lbKey(lbId), 'changes', 'last move'],
    fetch: async (get) => {
      const query = { resource_id: lbId, kind: 'edits', page_size: PAGE_SIZE }
      const { changes } = await get<ChangeList>(apiPath.changes(lbId, query))
      const after = changes.find(({ verb }) => verb === 'move')?.after as { gap_ms?: number } | null
      return after?.gap_ms ?? null
    },
  }
}

/** What restoring a load balancer would change now, with the entity tag of the version that it was computed from. */
export function restorePreview(lbId: string, changeId: number) {
  return queryOptions({
    queryKey: ['restore-preview', lbId, changeId],
    queryFn: ({ signal }) =>
      callTagged<Restored>('POST', apiPath.restore(lbId, true), {
        body: { change_id: changeId },
        signal,
      }),
    // Another dialog needs a preview of the version at its time.
    gcTime: 0,
    retry: false,
    refetchOnWindowFocus: false,
  })
}

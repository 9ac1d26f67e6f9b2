import { infiniteQueryOptions } from '@tanstack/react-query'
import type { Change, ChangeList, ChangeSubjects } from '#lib/core/change.ts'
import { callApi } from './api.ts'
import { apiPath } from './api-path.ts'
import { LBS_KEY } from './lb-queries.ts'
import type { Get, Read } from './read.ts'

/** Ids of what was changed and of who changed it; "" leaves nothing out. */
export type HistoryFilter = { rule: string; actor: string }

const PAGE_SIZE = 50

const keyOf = (lbId: string, filter: HistoryFilter) => [...LBS_KEY, lbId, 'changes', filter]

function readPage(get: Get, lbId: string, { rule, actor }: HistoryFilter, before: number | null) {
  const query = { resource_id: rule, actor_id: actor, page_size: PAGE_SIZE }
  return get<ChangeList>(apiPath.changes(lbId, before === null ? query : { ...query, before }))
}

/** A load balancer's history as far as it has been read, newest first. Pages begin after the last line read. */
export function lbChanges(lbId: string, filter: HistoryFilter) {
  return infiniteQueryOptions({
    queryKey: keyOf(lbId, filter),
    queryFn: ({ signal, pageParam }) =>
      readPage((path) => callApi('GET', path, { signal }), lbId, filter, pageParam),
    initialPageParam: null as number | null,
    getNextPageParam: ({ changes }) => (changes.length < PAGE_SIZE ? null : oldestOf(changes)),
  })
}

const oldestOf = (changes: Change[]) => changes.at(-1)?.id ?? null

/** The newest lines, for the page's first paint. */
export function firstLbChanges(lbId: string, filter: HistoryFilter): Read<unknown> {
  return {
    queryKey: keyOf(lbId, filter),
    read: async (get) => ({
      pages: [await readPage(get, lbId, filter, null)],
      pageParams: [null],
    }),
  }
}

/** Who and what a load balancer's history is about. */
export function lbChangeSubjects(lbId: string): Read<ChangeSubjects> {
  return {
    queryKey: [...LBS_KEY, lbId, 'changes', 'subjects'],
    read: (get) => get(apiPath.changeSubjects(lbId)),
  }
}

/** The newest change of a rule of a load balancer, or of the load balancer itself; null where there is none. */
export function lastChangeOf(lbId: string, resourceId: string): Read<Change | null> {
  return {
    queryKey: [...LBS_KEY, lbId, 'changes', 'last', resourceId],
    read: async (get) => {
      const query = { resource_id: resourceId, page_size: 1 }
      return (await get<ChangeList>(apiPath.changes(lbId, query))).changes[0] ?? null
    },
  }
}

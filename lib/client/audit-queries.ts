import { infiniteQueryOptions } from '@tanstack/react-query'
import type { AuditList } from '#lib/core/audit.ts'
import { callApi } from './api.ts'
import { apiPath } from './api-path.ts'
import type { ApiGet, ApiQuery } from './api-query.ts'

/** The API's `kind` and a part of the actor's name; "" matches all. */
export type AuditFilter = { kind: string; actor: string }

const PAGE_SIZE = 50

const auditKey = (filter: AuditFilter) => ['audit', filter]

function fetchPage(get: ApiGet, filter: AuditFilter, before: string | null) {
  const query = { ...filter, page_size: PAGE_SIZE }
  return get<AuditList>(apiPath.audit(before === null ? query : { ...query, before }))
}

/** The audit log, newest first. A page starts after the last line of the page before. */
export function auditLines(filter: AuditFilter) {
  return infiniteQueryOptions({
    queryKey: auditKey(filter),
    queryFn: ({ signal, pageParam }) =>
      fetchPage((path) => callApi('GET', path, { signal }), filter, pageParam),
    initialPageParam: null as string | null,
    getNextPageParam: ({ next }) => next,
  })
}

/** The first page of the audit log, for prefetching. */
export function firstAuditLines(filter: AuditFilter): ApiQuery<unknown> {
  return {
    queryKey: auditKey(filter),
    fetch: async (get) => ({ pages: [await fetchPage(get, filter, null)], pageParams: [null] }),
  }
}

import { infiniteQueryOptions } from '@tanstack/react-query'
import type { AuditList } from '#lib/core/audit.ts'
import { callApi } from './api.ts'
import { apiPath } from './api-path.ts'
import type { ApiGet, ApiQuery } from './api-query.ts'

/** `kind` of the API and a part of a name; "" leaves nothing out. */
export type AuditFilter = { kind: string; actor: string }

const PAGE_SIZE = 50

const keyOf = (filter: AuditFilter) => ['audit', filter]

function readPage(get: ApiGet, filter: AuditFilter, before: string | null) {
  const query = { ...filter, page_size: PAGE_SIZE }
  return get<AuditList>(apiPath.audit(before === null ? query : { ...query, before }))
}

/** The audit as far as it has been read, newest first. Pages begin after the last line read. */
export function auditLines(filter: AuditFilter) {
  return infiniteQueryOptions({
    queryKey: keyOf(filter),
    queryFn: ({ signal, pageParam }) =>
      readPage((path) => callApi('GET', path, { signal }), filter, pageParam),
    initialPageParam: null as string | null,
    getNextPageParam: ({ next }) => next,
  })
}

/** The newest lines, for the page's first paint. */
export function firstAuditLines(filter: AuditFilter): ApiQuery<unknown> {
  return {
    queryKey: keyOf(filter),
    fetch: async (get) => ({ pages: [await readPage(get, filter, null)], pageParams: [null] }),
  }
}

import { queryOptions } from '@tanstack/react-query'
import type { Acl, AclList } from '#lib/core/acl.ts'
import type { Backend } from '#lib/core/backend.ts'
import type { Frontend } from '#lib/core/frontend.ts'
import type { Region } from '#lib/core/locality.ts'
import type { Route } from '#lib/core/route.ts'
import { callTagged } from './api.ts'
import { apiPath } from './api-path.ts'
import { type ApiQuery, fetchAllPages } from './api-query.ts'
import { lbKey } from './lb-queries.ts'

type LbId = { id: string; region: Region }

/** A load balancer's frontend rules, oldest first. */
export function lbFrontends({ id, region }: LbId): ApiQuery<Frontend[]> {
  return {
    queryKey: [...lbKey(id), 'frontends'],
    fetch: (get) => fetchAllPages(get, apiPath.frontends(region, id), 'frontends'),
  }
}

/** A load balancer's backend rules, oldest first. */
export function lbBackends({ id, region }: LbId): ApiQuery<Backend[]> {
  return {
    queryKey: [...lbKey(id), 'backends'],
    fetch: (get) => fetchAllPages(get, apiPath.backends(region, id), 'backends'),
  }
}

/** The routes of all of a load balancer's frontends, oldest first. */
export function lbRoutes({ id, region }: LbId): ApiQuery<Route[]> {
  return {
    queryKey: [...lbKey(id), 'routes'],
    fetch: (get) => fetchAllPages(get, apiPath.routes(region, { lb_id: id }), 'routes'),
  }
}

/** All ACLs of a frontend in the order in which they are evaluated, with the entity tag of that version. */
export type FrontendAcls = { acls: Acl[]; etag: string }

const ACLS_PAGE_SIZE = 100

/** @throws Error if the ACLs change between two pages */
async function fetchAcls(path: string, signal: AbortSignal): Promise<FrontendAcls> {
  const acls: Acl[] = []
  let firstEtag: string | null = null
  for (let page = 1; ; page += 1) {
    const { value, etag } = await callTagged<AclList>(
      'GET',
      `${path}?page=${page}&page_size=${ACLS_PAGE_SIZE}`,
      { signal },
    )
    if (firstEtag !== null && etag !== firstEtag) {
      throw new Error('The ACLs changed while they were read.')
    }
    firstEtag = etag ?? ''
    acls.push(...value.acls)
    if (value.acls.length < ACLS_PAGE_SIZE || acls.length >= value.total_count) break
  }
  acls.sort((a, b) => a.index - b.index || a.created_at.localeCompare(b.created_at))
  return { acls, etag: firstEtag }
}

/** The query of a frontend's ACLs. It runs in the browser only: `ApiQuery` has no access to the entity tag. */
export function frontendAcls({ id, region }: LbId, frontendId: string) {
  return queryOptions({
    queryKey: [...lbKey(id), 'acls', frontendId],
    queryFn: ({ signal }) => fetchAcls(apiPath.acls(region, frontendId), signal),
  })
}

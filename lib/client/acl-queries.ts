import { queryOptions } from '@tanstack/react-query'
import type * as z from 'zod'
import type { Acl, AclList, SetAcls } from '#lib/core/acl.ts'
import type { Lb } from '#lib/core/lb.ts'
import type { Region } from '#lib/core/locality.ts'
import { callTagged } from './api.ts'
import { apiPath } from './api-path.ts'
import { LBS_KEY } from './lb-queries.ts'
import { useRuleChange } from './rule-mutations.ts'

/** All ACLs of a frontend as they were at one moment, in the order in which they are tried. */
export type FrontendAcls = { acls: Acl[]; etag: string }

const PAGE_SIZE = 100

/** @throws where they are changed between one page and the next */
async function readAcls(path: string, signal: AbortSignal): Promise<FrontendAcls> {
  const acls: Acl[] = []
  let tag: string | null = null
  for (let page = 1; ; page += 1) {
    const { value, etag } = await callTagged<AclList>(
      'GET',
      `${path}?page=${page}&page_size=${PAGE_SIZE}`,
      { signal },
    )
    if (tag !== null && etag !== tag) throw new Error('The ACLs have changed meanwhile.')
    tag = etag ?? ''
    acls.push(...value.acls)
    if (value.acls.length < PAGE_SIZE || acls.length >= value.total_count) break
  }
  const inOrder = acls.sort((a, b) => a.index - b.index || a.created_at.localeCompare(b.created_at))
  return { acls: inOrder, etag: tag }
}

/** The query of a frontend's ACLs. The browser's only: their tag is in a header. */
export function frontendAcls(lb: { id: string; region: Region }, frontendId: string) {
  return queryOptions({
    queryKey: [...LBS_KEY, lb.id, 'acls', frontendId],
    queryFn: ({ signal }) => readAcls(apiPath.acls(lb.region, frontendId), signal),
  })
}

/** Puts ACLs in the place of all that a frontend has: with 412 where they are no more those with the tag. */
export function useSetAcls(lb: Lb, frontendId: string) {
  return useRuleChange(
    lb,
    ({ acls, etag }: { acls: z.input<typeof SetAcls>['acls']; etag: string }) =>
      callTagged<AclList>('PUT', apiPath.acls(lb.region, frontendId), {
        body: { acls },
        ifMatch: etag,
      }),
  )
}

import { useMutation, useQueryClient } from '@tanstack/react-query'
import type * as z from 'zod'
import type { AclList, SetAcls } from '#lib/core/acl.ts'
import type { Backend, CreateBackend } from '#lib/core/backend.ts'
import type { ChangedRules, ChangeRules } from '#lib/core/change-rules.ts'
import type { DraftCheck, DraftCheckRequest } from '#lib/core/draft-check.ts'
import type { Frontend } from '#lib/core/frontend.ts'
import type { Lb } from '#lib/core/lb.ts'
import type { CreateRoute, Route, UpdateRoute } from '#lib/core/route.ts'
import { callApi, callTagged } from './api.ts'
import type { MutationOptions } from './api-mutation.ts'
import { apiPath } from './api-path.ts'
import { useLbMutation } from './lb-mutations.ts'
import { lbBackends, lbFrontends } from './rule-queries.ts'

const byId = <Rule extends { id: string }>(rules: Rule[]) =>
  new Map(rules.map((rule) => [rule.id, rule]))

/** Merges the fields of the changed rules into all rules. */
function mergeFields<Rule extends { id: string }>(all: Rule[], changed: { id: string }[]): Rule[] {
  const fields = byId(changed)
  return all.map((rule) => ({ ...rule, ...fields.get(rule.id) }))
}

/** A load balancer's frontends after a change. Each embeds its backend from `backends`. */
function changedFrontends(
  lb: Lb,
  all: Frontend[],
  backends: Backend[],
  { frontends, new_frontends: created }: ChangedRules,
): Frontend[] {
  const backendOf = byId(backends)
  const changed = byId(frontends)
  return [
    ...all.map((before) => {
      const { backend_id: id = before.backend.id, ...fields } = changed.get(before.id) ?? {}
      return { ...before, ...fields, backend: backendOf.get(id) ?? before.backend }
    }),
    ...created.flatMap(({ backend_id: id, ...fields }) => {
      const backend = backendOf.get(id)
      return backend ? [{ ...fields, lb, backend }] : []
    }),
  ]
}

type RulesPatch = z.input<typeof ChangeRules>

/** Changes several rules and creates frontends, in one transaction. */
export function useChangeRules(lb: Lb, options?: MutationOptions<RulesPatch, ChangedRules>) {
  const client = useQueryClient()
  return useLbMutation(
    lb,
    (body: RulesPatch) => callApi<ChangedRules>('PATCH', apiPath.rules(lb.id), { body }),
    options,
    (changed) => {
      const { queryKey } = lbBackends(lb)
      client.setQueryData<Backend[]>(queryKey, (all) => all && mergeFields(all, changed.backends))
      const backends = client.getQueryData<Backend[]>(queryKey)
      if (!backends) return
      client.setQueryData<Frontend[]>(
        lbFrontends(lb).queryKey,
        (all) => all && changedFrontends(lb, all, backends, changed),
      )
    },
  )
}

type NewBackend = z.input<typeof CreateBackend>

export function useCreateBackend(lb: Lb, options?: MutationOptions<NewBackend, Backend>) {
  const client = useQueryClient()
  return useLbMutation(
    lb,
    (body: NewBackend) => callApi<Backend>('POST', apiPath.backends(lb.region, lb.id), { body }),
    options,
    (created) =>
      client.setQueryData<Backend[]>(lbBackends(lb).queryKey, (all) => all && [...all, created]),
  )
}

/** The version of a rule that the user saw. A rule's entity tag is its `updated_at`. */
type RuleVersion = { id: string; updated_at: string }
const etagOf = ({ updated_at }: RuleVersion) => `"${updated_at}"`

/** Deletes a frontend; 412 if it has changed since that version. */
export function useDeleteFrontend(lb: Lb, options?: MutationOptions<RuleVersion, void>) {
  return useLbMutation(
    lb,
    (version: RuleVersion) =>
      callApi<void>('DELETE', apiPath.frontend(lb.region, version.id), {
        ifMatch: etagOf(version),
      }),
    options,
  )
}

/** Deletes a backend; 412 if it has changed since that version. */
export function useDeleteBackend(lb: Lb, options?: MutationOptions<RuleVersion, void>) {
  return useLbMutation(
    lb,
    (version: RuleVersion) =>
      callApi<void>('DELETE', apiPath.backend(lb.region, version.id), { ifMatch: etagOf(version) }),
    options,
  )
}

type NewRoute = z.input<typeof CreateRoute>

export function useCreateRoute(lb: Lb, options?: MutationOptions<NewRoute, Route>) {
  return useLbMutation(
    lb,
    (body: NewRoute) => callApi<Route>('POST', apiPath.routes(lb.region, {}), { body }),
    options,
  )
}

type RouteUpdate = { base: RuleVersion; body: z.input<typeof UpdateRoute> }

/** Changes a route; 412 if it has changed since the base version. */
export function useUpdateRoute(lb: Lb, options?: MutationOptions<RouteUpdate, Route>) {
  return useLbMutation(
    lb,
    ({ base, body }: RouteUpdate) =>
      callApi<Route>('PUT', apiPath.route(lb.region, base.id), { body, ifMatch: etagOf(base) }),
    options,
  )
}

/** Deletes a route; 412 if it has changed since that version. */
export function useDeleteRoute(lb: Lb, options?: MutationOptions<RuleVersion, void>) {
  return useLbMutation(
    lb,
    (version: RuleVersion) =>
      callApi<void>('DELETE', apiPath.route(lb.region, version.id), { ifMatch: etagOf(version) }),
    options,
  )
}

type NewAcls = z.input<typeof SetAcls> & { etag: string }
type SetAclsResult = { value: AclList; etag: string | null }

/** Replaces all ACLs of a frontend; 412 if they have changed since the version with that entity tag. */
export function useSetAcls(
  lb: Lb,
  frontendId: string,
  options?: MutationOptions<NewAcls, SetAclsResult>,
) {
  return useLbMutation(
    lb,
    ({ acls, etag }: NewAcls) =>
      callTagged<AclList>('PUT', apiPath.acls(lb.region, frontendId), {
        body: { acls },
        ifMatch: etag,
      }),
    options,
  )
}

/** The fields of an unsaved backend that its health check depends on. */
export type DraftBackend = z.input<typeof DraftCheckRequest>

/** Makes both nodes check the servers of an unsaved backend once. Saves nothing. */
export function useDraftCheck() {
  return useMutation({
    mutationFn: (body: DraftBackend) =>
      callApi<DraftCheck>('POST', apiPath.draftChecks(), { body }),
  })
}

import { useMutation, useQueryClient } from '@tanstack/react-query'
import type * as z from 'zod'
import type { Backend, CreateBackend } from '#lib/core/backend.ts'
import type { ChangedRules, ChangeRules } from '#lib/core/change-rules.ts'
import type { Frontend } from '#lib/core/frontend.ts'
import type { Lb } from '#lib/core/lb.ts'
import { callApi } from './api.ts'
import { apiPath } from './api-path.ts'
import { LBS_KEY } from './lb-queries.ts'
import { lbBackends, lbFrontends } from './rule-queries.ts'

/** Runs a change of one load balancer's rules, and then reads that load balancer anew. */
export function useRuleChange<Input, Output>(
  lb: Lb,
  mutationFn: (input: Input) => Promise<Output>,
  seed?: (output: Output) => void,
) {
  const client = useQueryClient()
  return useMutation({
    mutationFn,
    onSuccess: (output) => {
      seed?.(output)
      void client.invalidateQueries({ queryKey: [...LBS_KEY, lb.id] })
      void client.invalidateQueries({ queryKey: [...LBS_KEY, 'list'] })
    },
  })
}

const byId = <Rule extends { id: string }>(rules: Rule[]) =>
  new Map(rules.map((rule) => [rule.id, rule]))

/** Rules of which some have new fields. */
function withFields<Rule extends { id: string }>(all: Rule[], changed: { id: string }[]): Rule[] {
  const fields = byId(changed)
  return all.map((rule) => ({ ...rule, ...fields.get(rule.id) }))
}

/** A load balancer's frontends with what a change answered, each with its backend of `backends`. */
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

/** Changes several rules, and creates frontends beside: all of it, or nothing. */
export function useChangeRules(lb: Lb) {
  const client = useQueryClient()
  return useRuleChange(
    lb,
    (body: z.input<typeof ChangeRules>) =>
      callApi<ChangedRules>('PATCH', apiPath.rules(lb.id), { body }),
    (changed) => {
      const { queryKey } = lbBackends(lb)
      client.setQueryData<Backend[]>(queryKey, (all) => all && withFields(all, changed.backends))
      const backends = client.getQueryData<Backend[]>(queryKey)
      if (!backends) return
      client.setQueryData<Frontend[]>(
        lbFrontends(lb).queryKey,
        (all) => all && changedFrontends(lb, all, backends, changed),
      )
    },
  )
}

export function useCreateBackend(lb: Lb) {
  const client = useQueryClient()
  return useRuleChange(
    lb,
    (body: z.input<typeof CreateBackend>) =>
      callApi<Backend>('POST', apiPath.backends(lb.region, lb.id), { body }),
    (created) =>
      client.setQueryData<Backend[]>(lbBackends(lb).queryKey, (all) => all && [...all, created]),
  )
}

/** A rule in the version that the person saw; a rule's entity tag is the time of its last change. */
type Known = { id: string; updated_at: string }
const tagOf = ({ updated_at }: Known) => `"${updated_at}"`

/** Deletes a frontend rule as the person knows it: one that somebody has changed meanwhile is not deleted. */
export function useDeleteFrontend(lb: Lb) {
  return useRuleChange(lb, (rule: Known) =>
    callApi<void>('DELETE', apiPath.frontend(lb.region, rule.id), { ifMatch: tagOf(rule) }),
  )
}

/** Deletes a backend rule as the person knows it. */
export function useDeleteBackend(lb: Lb) {
  return useRuleChange(lb, (rule: Known) =>
    callApi<void>('DELETE', apiPath.backend(lb.region, rule.id), { ifMatch: tagOf(rule) }),
  )
}

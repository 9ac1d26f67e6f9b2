import type * as z from 'zod'
import { fieldsOf, requestOf, withBody } from '#components/form/request-fields.ts'
import { formRequest } from '#components/form/use-api-form.ts'
import { withDirtyFields } from '#lib/client/dirty-fields.ts'
import { type Route, UpdateRoute } from '#lib/core/route.ts'
import { type RouteKind, routeKind } from '#lib/core/route-kind.ts'

/** What the inputs of a route hold. */
export type RouteValues = { kind: RouteKind; value: string; subdomains: boolean; backend: string }

export function routeValues({ match, backend_id }: Route): RouteValues {
  const { kind, value } = routeKind(match)
  return { kind, value, subdomains: match.match_subdomains, backend: backend_id }
}

/** The fields of a route. A path has no subdomains. */
function inputFields({ kind, value, subdomains, backend }: RouteValues) {
  const field = fieldsOf<RouteValues>()
  return {
    backend_id: field('backend', backend),
    match: {
      [kind]: field('value', value),
      match_subdomains: field('subdomains', kind !== 'path_begin' && subdomains),
    },
  }
}

/** The request of a route. Fields that were not edited keep the base's values. @param base null for a new route */
export function routeRequest(values: RouteValues, base: Route | null): z.input<typeof UpdateRoute> {
  const bodyOf = (one: RouteValues) => requestOf(inputFields(one)) as z.input<typeof UpdateRoute>
  if (base === null) return bodyOf(values)
  const { backend_id, match } = base
  return withDirtyFields({ backend_id, match }, bodyOf(routeValues(base)), bodyOf(values))
}

/** @param base the route to edit; null for a new one */
export const routeForm = (base: () => Route | null) =>
  formRequest({
    fields: (values: RouteValues) => withBody(inputFields(values), routeRequest(values, base())),
    schema: () => UpdateRoute,
    check: ({ kind, value }) => {
      if (value.trim() !== '') return {}
      return { value: kind === 'path_begin' ? 'Path is required.' : 'Name is required.' }
    },
  })

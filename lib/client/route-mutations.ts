import type * as z from 'zod'
import type { Lb } from '#lib/core/lb.ts'
import type { CreateRoute, Route, UpdateRoute } from '#lib/core/route.ts'
import { callApi } from './api.ts'
import { apiPath } from './api-path.ts'
import { useRuleChange } from './rule-mutations.ts'

const tagOf = ({ updated_at }: Route) => `"${updated_at}"`

export function useCreateRoute(lb: Lb) {
  return useRuleChange(lb, (body: z.input<typeof CreateRoute>) =>
    callApi<Route>('POST', apiPath.routes(lb.region, {}), { body }),
  )
}

/** Changes a route in the version that is known: with 412 where somebody else has changed it meanwhile. */
export function useUpdateRoute(lb: Lb) {
  return useRuleChange(lb, ({ known, body }: { known: Route; body: z.input<typeof UpdateRoute> }) =>
    callApi<Route>('PUT', apiPath.route(lb.region, known.id), { body, ifMatch: tagOf(known) }),
  )
}

export function useDeleteRoute(lb: Lb) {
  return useRuleChange(lb, (known: Route) =>
    callApi<void>('DELETE', apiPath.route(lb.region, known.id), { ifMatch: tagOf(known) }),
  )
}

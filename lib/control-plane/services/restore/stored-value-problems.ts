import { isDeepStrictEqual } from 'node:util'
import type * as z from 'zod'
import { AclSpec } from '#lib/core/acl.ts'
import { BACKEND_SETTINGS } from '#lib/core/backend.ts'
import { HealthCheckInput } from '#lib/core/health-check.ts'
import { RouteMatchInput } from '#lib/core/route.ts'
import { routeKind } from '#lib/core/route-kind.ts'
import type { StateRows } from './lb-state.ts'

/** Values to restore that this version of the API refuses, one sentence each. Values that the load balancer has now are allowed. */
export function storedValueProblems(now: StateRows, next: StateRows): string[] {
  return [
    ...changed(now.backends, next.backends, 'health_check').flatMap(({ name, health_check }) =>
      messages(`Backend "${name}"`, HealthCheckInput, health_check),
    ),
    ...changed(now.backends, next.backends, 'sticky_sessions_cookie_name').flatMap(
      ({ name, sticky_sessions_cookie_name: cookie }) =>
        messages(`Backend "${name}"`, BACKEND_SETTINGS.sticky_sessions_cookie_name, cookie),
    ),
    ...changed(now.routes, next.routes, 'match').flatMap(({ match }) =>
      messages(`Route for ${routeKind(match).value}`, RouteMatchInput, match),
    ),
    ...changed(now.acls, next.acls, 'match', 'action').flatMap((acl) =>
      messages(`ACL "${acl.name}"`, AclSpec, acl),
    ),
  ]
}

/** The rows in which one of these fields differs from now. */
function changed<Row extends { id: string }>(
  now: Row[],
  next: Row[],
  ...fields: (keyof Row)[]
): Row[] {
  const known = new Map(now.map((row) => [row.id, row]))
  return next.filter((row) => {
    const before = known.get(row.id)
    return !before || fields.some((field) => !isDeepStrictEqual(before[field], row[field]))
  })
}

function messages(what: string, schema: z.ZodType, value: unknown): string[] {
  const { error } = schema.safeParse(value)
  return error ? error.issues.map(({ message }) => `${what}: ${message}`) : []
}

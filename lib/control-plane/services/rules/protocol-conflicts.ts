import type { AclFields } from '#lib/core/acl.ts'
import type { Protocol } from '#lib/core/protocol.ts'
import type { RouteMatch } from '#lib/core/route.ts'
import { routeKind, routeProtocol } from '#lib/core/route-kind.ts'
import type { FieldProblem } from '../../errors.ts'
import type { BackendRow } from '../../store/tables.ts'
import { patternCost } from './pattern-costs.ts'
import { PATTERN_PROBLEMS_MAX } from './rule-limits.ts'
import type { RuleSet } from './rule-set.ts'

type TargetBackend = Pick<BackendRow, 'name' | 'forward_protocol'>

/** The problem of a route's match on a frontend with this protocol. */
export function routeMatchProblems(match: RouteMatch, protocol: Protocol): FieldProblem[] {
  const { kind } = routeKind(match)
  if (routeProtocol(kind) === protocol) return []
  const message =
    protocol === 'tcp'
      ? 'The frontend is in TCP mode, where a route must match a server name (sni).'
      : 'The frontend is in HTTP mode, where a route must match a host (host_header) or a path (path_begin).'
  return [{ field: `match.${kind}`, message }]
}

/** Why a route of a frontend with this protocol can't target a backend. */
export function routeTargetProblems(backend: TargetBackend, protocol: Protocol): FieldProblem[] {
  if (backend.forward_protocol === protocol) return []
  const [target, own] = [backend.forward_protocol.toUpperCase(), protocol.toUpperCase()]
  const message = `Backend "${backend.name}" is in ${target} mode, but the frontend is in ${own} mode.`
  return [{ field: 'backend_id', message }]
}

/**
 * The problems of an ACL on a frontend with this protocol: in TCP mode there are no paths, headers or redirects, and in HTTP mode
 * regular expressions must be valid.
 */
export function aclProblems(
  { match, action }: Pick<AclFields, 'match' | 'action'>,
  protocol: Protocol,
): FieldProblem[] {
  if (protocol === 'http') return patternProblems(match)
  const problems: FieldProblem[] = []
  if (match.http_filter !== 'acl_http_filter_none') {
    const message = 'The frontend is in TCP mode, where ACLs can match only addresses.'
    problems.push({ field: 'match.http_filter', message })
  }
  if (action.type === 'redirect') {
    const message = 'The frontend is in TCP mode, which has no redirects.'
    problems.push({ field: 'action.type', message })
  }
  return problems
}

function patternProblems({ http_filter, http_filter_value }: AclFields['match']): FieldProblem[] {
  if (http_filter !== 'regex') return []
  const problems: FieldProblem[] = []
  for (const [at, pattern] of http_filter_value.entries()) {
    const { problem: message } = patternCost(pattern)
    if (message !== null) problems.push({ field: `match.http_filter_value.${at}`, message })
    if (problems.length >= PATTERN_PROBLEMS_MAX) break
  }
  return problems
}

/** Routes and ACLs that don't fit the protocol of their frontend, after a change of a backend's protocol or a frontend's backend. */
export function protocolConflicts({ backends, frontends, routes, acls }: RuleSet): string[] {
  const protocolOf = (frontendId: string): Protocol | null => {
    const frontend = frontends.get(frontendId)
    return (frontend && backends.get(frontend.backend_id)?.forward_protocol) ?? null
  }
  const nameOf = (frontendId: string) => frontends.get(frontendId)?.name ?? ''
  const conflictingRoutes = [...routes.values()].flatMap(({ frontend_id, backend_id, match }) => {
    const protocol = protocolOf(frontend_id)
    const target = backends.get(backend_id)
    if (!protocol || !target) return []
    const fits =
      routeMatchProblems(match, protocol).length + routeTargetProblems(target, protocol).length ===
      0
    if (fits) return []
    const { value } = routeKind(match)
    return [
      `The route for ${value} doesn't fit the protocol of frontend "${nameOf(frontend_id)}" or of its backend.`,
    ]
  })
  const conflictingAcls = [...acls.values()].flatMap((acl) => {
    const protocol = protocolOf(acl.frontend_id)
    if (protocol !== 'tcp' || aclProblems(acl, protocol).length === 0) return []
    const owner = nameOf(acl.frontend_id)
    return [`ACL "${acl.name}" of frontend "${owner}" needs HTTP mode.`]
  })
  return [...conflictingRoutes, ...conflictingAcls]
}

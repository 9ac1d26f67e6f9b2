import type { AclFields } from '#lib/core/acl.ts'
import type { Protocol } from '#lib/core/protocol.ts'
import type { RouteMatch } from '#lib/core/route.ts'
import { routeKind, routeProtocol } from '#lib/core/route-kind.ts'
import type { FieldProblem } from '../../errors.ts'
import type { BackendRow } from '../../store/tables.ts'
import { patternCost } from './pattern-costs.ts'
import { PATTERN_PROBLEMS_MAX } from './rule-limits.ts'
import type { RuleSet } from './rule-set.ts'

type Speaker = Pick<BackendRow, 'name' | 'forward_protocol'>

/** What of a route's match can't be on a frontend that speaks `protocol`. */
export function routeMatchProblems(match: RouteMatch, protocol: Protocol): FieldProblem[] {
  const { kind } = routeKind(match)
  if (routeProtocol(kind) === protocol) return []
  const message =
    protocol === 'tcp'
      ? 'The frontend speaks TCP, where a route is for a server name (sni).'
      : 'The frontend speaks HTTP, where a route is for a host (host_header) or a path (path_begin).'
  return [{ field: `match.${kind}`, message }]
}

/** Why a route of a frontend that speaks `protocol` can't go to a backend. */
export function routeTargetProblems(backend: Speaker, protocol: Protocol): FieldProblem[] {
  if (backend.forward_protocol === protocol) return []
  const spoken = backend.forward_protocol.toUpperCase()
  const message = `Backend "${backend.name}" speaks ${spoken}, and the frontend ${protocol.toUpperCase()}.`
  return [{ field: 'backend_id', message }]
}

/**
 * What of an ACL can't be on a frontend that speaks `protocol`: TCP has neither paths nor headers nor redirects, and a
 * regular expression has to be one that the nodes can use.
 */
export function aclProblems(
  { match, action }: Pick<AclFields, 'match' | 'action'>,
  protocol: Protocol,
): FieldProblem[] {
  if (protocol === 'http') return patternProblems(match)
  const problems: FieldProblem[] = []
  if (match.http_filter !== 'acl_http_filter_none') {
    const message = 'The frontend speaks TCP, where only addresses can be compared.'
    problems.push({ field: 'match.http_filter', message })
  }
  if (action.type === 'redirect') {
    const message = 'The frontend speaks TCP, which has no redirects.'
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

/** Routes and ACLs that do not fit what their frontends speak, as sentences: because a backend has changed its protocol, or a frontend its backend. */
export function misfits({ backends, frontends, routes, acls }: RuleSet): string[] {
  const protocolOf = (frontendId: string): Protocol | null => {
    const frontend = frontends.get(frontendId)
    return (frontend && backends.get(frontend.backend_id)?.forward_protocol) ?? null
  }
  const nameOf = (frontendId: string) => frontends.get(frontendId)?.name ?? ''
  const misfitRoutes = [...routes.values()].flatMap(({ frontend_id, backend_id, match }) => {
    const protocol = protocolOf(frontend_id)
    const target = backends.get(backend_id)
    if (!protocol || !target) return []
    const fits =
      routeMatchProblems(match, protocol).length + routeTargetProblems(target, protocol).length ===
      0
    if (fits) return []
    const { value } = routeKind(match)
    return [`Frontend "${nameOf(frontend_id)}" has a route for ${value}, which would not fit.`]
  })
  const misfitAcls = [...acls.values()].flatMap((acl) => {
    const protocol = protocolOf(acl.frontend_id)
    if (protocol !== 'tcp' || aclProblems(acl, protocol).length === 0) return []
    const owner = nameOf(acl.frontend_id)
    return [`ACL "${acl.name}" of frontend "${owner}" compares or redirects HTTP requests.`]
  })
  return [...misfitRoutes, ...misfitAcls]
}

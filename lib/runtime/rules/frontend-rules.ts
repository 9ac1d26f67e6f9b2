import { hostOf } from '#lib/core/host.ts'
import type { DesiredBackend, DesiredFrontend } from '#lib/protocol/desired-config.ts'
import type { Backend } from '../backend.ts'
import type { Acl } from './acl.ts'
import type { RequestMatch } from './request-match.ts'
import { MatchSuspended } from './resumable-match.ts'
import { compileRoute, type Route } from './route.ts'
import { MatchLimitError } from './step-budget.ts'
import type { Address } from './subnets.ts'

/** A backend that routes may lead to, with the protocol that it is about to speak. */
export type RouteTarget = { config: Pick<DesiredBackend, 'protocol'>; backend: Backend }

/** The ACL and the route of a request; null where none matches. A request over its step budget is denied. */
export type Decision = { acl: Acl | null; route: Route | null; isOverBudget: boolean }

/** The compiled ACLs and routes of a frontend. */
export class FrontendRules {
  /** Whether connections are routed by server name (SNI). */
  readonly byServerName: boolean
  readonly #acls: readonly Acl[]
  readonly #routes: readonly Route[]

  /** Rules that can't be applied, one sentence each. */
  get problems(): string[] {
    return this.#acls.flatMap(({ problem }) => problem ?? [])
  }

  private constructor(acls: readonly Acl[], routes: readonly Route[]) {
    this.#acls = acls
    this.#routes = routes
    this.byServerName = routes.length > 0
  }

  /**
   * @param acls compiled
   * @param protocol the frontend's; routes to missing backends, or to those with another protocol, are ignored
   * @returns null without ACLs and routes, so that requests skip matching
   */
  static of(
    acls: readonly Acl[],
    routes: DesiredFrontend['routes'],
    protocol: DesiredBackend['protocol'],
    backends: ReadonlyMap<string, RouteTarget>,
  ): FrontendRules | null {
    const usable = routes.flatMap((route) => {
      const fits = protocol === 'tcp' ? route.match.type === 'sni' : route.match.type !== 'sni'
      const target = backends.get(route.backend_id)
      if (!fits || target?.config.protocol !== protocol) return []
      return [compileRoute(route, target.backend)]
    })
    const applicable = protocol === 'tcp' ? acls.filter(({ onlySources }) => onlySources) : acls
    return applicable.length + usable.length > 0 ? new FrontendRules(applicable, usable) : null
  }

  /**
   * Matches a request.
   * @returns `suspended` at the end of a time slice: call again to continue
   * @throws HttpError 400 for an ambiguous path
   */
  decide(request: RequestMatch): Decision | 'suspended' {
    try {
      const acl = this.aclFor(request)
      const isAllowed = acl === null || acl.action.type === 'allow'
      return { acl, route: isAllowed ? this.routeFor(request) : null, isOverBudget: false }
    } catch (error) {
      if (error instanceof MatchSuspended) return 'suspended'
      if (!(error instanceof MatchLimitError)) throw error
      return { acl: null, route: null, isOverBudget: true }
    }
  }

  /**
   * The first ACL that matches a request; null if none does, which allows it.
   * @throws HttpError 400 for an ambiguous path; MatchLimitError; MatchSuspended at the end of a slice: call again to continue
   */
  aclFor(request: RequestMatch): Acl | null {
    while (request.checkedAcls < this.#acls.length) {
      const acl = this.#acls[request.checkedAcls] as Acl
      if (acl.matches(request)) return acl
      request.checkedAcls += 1
    }
    return null
  }

  /** In TCP mode: the first ACL that matches a connection. */
  aclForSource(address: Address | null): Acl | null {
    for (const acl of this.#acls) if (acl.matchesSource(address)) return acl
    return null
  }

  /** The first route that matches a request; null for the frontend's own backend. @throws HttpError 400, as `aclFor` */
  routeFor(request: RequestMatch): Route | null {
    for (const route of this.#routes) {
      request.budget.spend(route.steps)
      if (route.matches(request)) return route
    }
    return null
  }

  /** In TCP mode: the first route that matches a server name; null for the frontend's own backend. */
  routeByServerName(serverName: string | null): Route | null {
    if (serverName === null) return null
    const name = hostOf(serverName)
    for (const route of this.#routes) if (route.matchesServerName(name)) return route
    return null
  }
}

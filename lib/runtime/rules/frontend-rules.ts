import { hostOf } from '#lib/core/host.ts'
import type { DesiredBackend, DesiredFrontend } from '#lib/protocol/desired-config.ts'
import type { Backend } from '../backend.ts'
import type { Acl } from './acl.ts'
import type { RequestMatch } from './request-match.ts'
import { compileRoute, type Route } from './route.ts'
import type { Address } from './subnets.ts'

/** A backend that routes may lead to, with the protocol that it is about to speak. */
export type RouteTarget = { config: Pick<DesiredBackend, 'protocol'>; backend: Backend }

/** The ACLs and routes of one frontend, compiled. */
export class FrontendRules {
  /** Whether a connection's server is chosen by the name that its client asks for. */
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
   * @param protocol the frontend's; routes to unknown backends, or to those of another protocol, are left out
   * @returns null where there are none, so that nothing has to be asked
   */
  static of(
    acls: readonly Acl[],
    routes: DesiredFrontend['routes'],
    protocol: DesiredBackend['protocol'],
    backends: ReadonlyMap<string, RouteTarget>,
  ): FrontendRules | null {
    const ways = routes.flatMap((route) => {
      const fits = protocol === 'tcp' ? route.match.type === 'sni' : route.match.type !== 'sni'
      const target = backends.get(route.backend_id)
      if (!fits || target?.config.protocol !== protocol) return []
      return [compileRoute(route, target.backend)]
    })
    const access = protocol === 'tcp' ? acls.filter(({ onlySources }) => onlySources) : acls
    return access.length + ways.length > 0 ? new FrontendRules(access, ways) : null
  }

  /**
   * The ACL that decides about a request; null where it is allowed by there being none.
   * @throws HttpError 400 for an ambiguous path; MatchLimitError beyond the step budget; MatchSuspended at the end of a slice:
   *   call again to go on
   */
  aclFor(request: RequestMatch): Acl | null {
    while (request.checkedAcls < this.#acls.length) {
      const acl = this.#acls[request.checkedAcls] as Acl
      if (acl.matches(request)) return acl
      request.checkedAcls += 1
    }
    return null
  }

  /** The ACL that decides about a connection in TCP mode. */
  aclForSource(address: Address | null): Acl | null {
    for (const acl of this.#acls) if (acl.matchesSource(address)) return acl
    return null
  }

  /** The route that a request takes; null for the frontend's own backend. @throws HttpError 400, as `aclFor` */
  routeFor(request: RequestMatch): Route | null {
    for (const route of this.#routes) {
      request.budget.spend(route.steps)
      if (route.matches(request)) return route
    }
    return null
  }

  /** The route of a connection whose client asks for this name; null for the frontend's own backend. */
  routeByServerName(serverName: string | null): Route | null {
    if (serverName === null) return null
    const name = hostOf(serverName)
    for (const route of this.#routes) if (route.matchesServerName(name)) return route
    return null
  }
}

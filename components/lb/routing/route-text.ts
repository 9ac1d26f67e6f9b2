import { pathPrefix } from '#lib/core/path-prefix.ts'
import type { Protocol } from '#lib/core/protocol.ts'
import type { Route } from '#lib/core/route.ts'
import { type RouteKind, routeKind } from '#lib/core/route-kind.ts'

/** The texts of a kind of route: its label, the hint of its input, and its option. */
export const KIND_TEXTS: Record<RouteKind, { label: string; hint: string; option: string }> = {
  sni: {
    label: 'Server name',
    hint: 'The name in the TLS handshake (SNI). For example: www.example.com',
    option: 'Server name (SNI)',
  },
  host_header: { label: 'Host', hint: 'For example: www.example.com', option: 'Host' },
  path_begin: {
    label: 'Path',
    hint: 'Path prefix. The leading / is optional. For example: /images',
    option: 'Path',
  },
}

/** The kinds of routes that a frontend's protocol allows. */
export function kindsOf(protocol: Protocol): RouteKind[] {
  return protocol === 'tcp' ? ['sni'] : ['host_header', 'path_begin']
}

/** "Host www.example.com and its subdomains". */
export function routeText({ match }: Pick<Route, 'match'>): string {
  const { kind, value } = routeKind(match)
  if (kind === 'path_begin') return `Path begins with ${pathPrefix(value)}`
  return `${KIND_TEXTS[kind].label} ${value}${match.match_subdomains ? ' and its subdomains' : ''}`
}

/** "+2 routes"; null for none. */
export function routeCount(count: number): string | null {
  if (count === 0) return null
  return count === 1 ? '+1 route' : `+${count} routes`
}

const RANKS: Record<RouteKind, number> = { sni: 0, host_header: 0, path_begin: 1 }

/** Routes in the order of their evaluation: names before paths, exact before subdomains, the longest first. */
export function inMatchingOrder(routes: readonly Route[]): Route[] {
  const keys = (route: Route) => {
    const { kind, value } = routeKind(route.match)
    const compared = kind === 'path_begin' ? pathPrefix(value) : value
    return [RANKS[kind], Number(route.match.match_subdomains), -compared.length]
  }
  return [...routes].sort((a, b) => {
    const [one, other] = [keys(a), keys(b)]
    const at = one.findIndex((key, index) => key !== other[index])
    const first = one[at] ?? 0
    return at === -1 ? a.created_at.localeCompare(b.created_at) : first - (other[at] ?? 0)
  })
}

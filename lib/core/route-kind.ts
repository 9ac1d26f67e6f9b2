import type { Protocol } from './protocol.ts'

export const ROUTE_KINDS = ['sni', 'host_header', 'path_begin'] as const
export type RouteKind = (typeof ROUTE_KINDS)[number]

type Match = { readonly [Kind in RouteKind]?: string | undefined }

/** The kind of a route's match, and its name or path. */
export function routeKind(match: Match): { kind: RouteKind; value: string } {
  const kind = ROUTE_KINDS.find((key) => match[key] !== undefined) ?? 'path_begin'
  return { kind, value: match[kind] ?? '' }
}

/** The protocol of frontends that can have routes of this kind. */
export function routeProtocol(kind: RouteKind): Protocol {
  return kind === 'sni' ? 'tcp' : 'http'
}

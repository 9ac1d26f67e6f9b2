import { type AclAction, type AclMatch, REDIRECT_CODES } from '#lib/core/acl.ts'
import { pathPrefix } from '#lib/core/path-prefix.ts'
import type { DesiredAcl } from '#lib/protocol/desired-config.ts'
import type { AclRow } from '../store/tables.ts'

/** A frontend's ACLs in the order of evaluation: by index, then by age, the oldest first. */
export function planAcls(acls: AclRow[]): DesiredAcl[] {
  return acls.toSorted(byIndex).map(({ id, name, match, action }) => ({
    id,
    name,
    match: { sources: sourcesOf(match), http: httpOf(match), invert: match.invert },
    action: actionOf(action),
  }))
}

function byIndex(one: AclRow, other: AclRow): number {
  return one.index - other.index || (one.created_at < other.created_at ? -1 : 1)
}

const EVERYONE = new Set(['0.0.0.0/0', '::/0'])

/**
 * Edge Services are a Scaleway product whose addresses never reach this installation. An ACL for them alone matches no client.
 */
function sourcesOf({ ip_subnet: subnets, ips_edge_services: edge }: AclMatch): string[] | null {
  if (subnets.some((subnet) => EVERYONE.has(subnet))) return edge ? [] : null
  return subnets.map(inCidrNotation)
}

function inCidrNotation(subnet: string): string {
  if (subnet.includes('/')) return subnet
  return subnet.includes(':') ? `${subnet}/128` : `${subnet}/32`
}

function httpOf(match: AclMatch): DesiredAcl['match']['http'] {
  const { http_filter: filter, http_filter_value: values, http_filter_option: name } = match
  if (filter === 'acl_http_filter_none') return null
  if (filter === 'http_header_match') return { type: 'header', name: name ?? '', values }
  if (filter === 'path_begin') return { type: filter, values: values.map(pathPrefix) }
  return { type: filter === 'regex' ? 'path_regex' : filter, values }
}

function actionOf({ type, redirect }: AclAction): DesiredAcl['action'] {
  if (type !== 'redirect' || redirect === null) return { type: type === 'deny' ? 'deny' : 'allow' }
  const { type: how, target } = redirect
  const to = how === 'scheme' ? { type: how, scheme: target.toLowerCase() } : { type: how, target }
  const code = REDIRECT_CODES.find((known) => known === redirect.code) ?? 302
  return { type, code, to }
}

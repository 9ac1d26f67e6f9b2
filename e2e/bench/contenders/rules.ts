import { randomUUID } from 'node:crypto'
import type { DesiredAcl, DesiredBackend, DesiredRoute } from '#lib/protocol/desired-config.ts'

/** Ten ACLs that don't match and five routes of which the last matches, so all are evaluated for each request. */
export const RULED_PATH = '/shop/items/4711?colour=red'

const subnets = Array.from({ length: 20 }, (_, index) => `10.${index}.0.0/16`)

type Filter = NonNullable<DesiredAcl['match']['http']>
const FILTERS: (Filter | null)[] = [
  null,
  null,
  { type: 'path_begin', values: ['/admin', '/internal'] },
  { type: 'path_begin', values: ['/old'] },
  { type: 'path_begin', values: ['/.git'] },
  { type: 'path_end', values: ['.php', '.cgi'] },
  { type: 'path_end', values: ['.bak'] },
  { type: 'path_regex', values: ['^/v[0-9]+/(x|y)'] },
  { type: 'header', name: 'X-Debug', values: [] },
  { type: 'header', name: 'User-Agent', values: ['bad', 'worse'] },
]

const ROUTES: DesiredRoute['match'][] = [
  { type: 'host', name: 'a.test', subdomains: false },
  { type: 'host', name: 'b.test', subdomains: true },
  { type: 'path_begin', path: '/images/' },
  { type: 'path_begin', path: '/api/' },
  { type: 'path_begin', path: '/shop/' },
]

/** The rules for Fairlead. All routes lead to that backend. */
export function benchRules(backend: DesiredBackend): {
  acls: DesiredAcl[]
  routes: DesiredRoute[]
} {
  return {
    acls: FILTERS.map((http) => ({
      id: randomUUID(),
      name: 'rule',
      match: { sources: http ? null : subnets, http, invert: false },
      action: { type: 'deny' },
    })),
    routes: ROUTES.map((match) => ({ id: randomUUID(), backend_id: backend.id, match })),
  }
}

/** The rules for HAProxy. All routes lead to the backend `routed`. */
export const HAPROXY_RULES = `
  http-request deny if { src ${subnets.join(' ')} }
  http-request deny if { src ${subnets.join(' ')} }
  http-request deny if { path_beg /admin /internal }
  http-request deny if { path_beg /old }
  http-request deny if { path_beg /.git }
  http-request deny if { path_end .php .cgi }
  http-request deny if { path_end .bak }
  http-request deny if { path_reg ^/v[0-9]+/(x|y) }
  http-request deny if { req.hdr(X-Debug) -m found }
  http-request deny if { req.hdr(User-Agent) bad worse }
  use_backend routed if { req.hdr(host),field(1,:),lower a.test }
  use_backend routed if { req.hdr(host),field(1,:),lower -m str b.test } || { req.hdr(host),field(1,:),lower -m end .b.test }
  use_backend routed if { path_beg /images/ }
  use_backend routed if { path_beg /api/ }
  use_backend routed if { path_beg /shop/ }`

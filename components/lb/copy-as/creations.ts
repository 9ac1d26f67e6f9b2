import { Reference, type Value } from '#components/code/reference.ts'
import type { Acl } from '#lib/core/acl.ts'
import type { Backend } from '#lib/core/backend.ts'
import type { Frontend } from '#lib/core/frontend.ts'
import type { HealthCheck } from '#lib/core/health-check.ts'
import type { Ip } from '#lib/core/ip.ts'
import type { Lb } from '#lib/core/lb.ts'
import type { Route } from '#lib/core/route.ts'
import { routeKind } from '#lib/core/route-kind.ts'
import { labelsOf } from './labels.ts'

/** A load balancer with its rules. */
export type LbWithRules = {
  lb: Lb
  backends: Backend[]
  frontends: Frontend[]
  routes: Route[]
  /** The ACLs of all its frontends. */
  acls: Acl[]
}

export type CreationKind = 'ip' | 'lb' | 'backend' | 'frontend' | 'route' | 'acl'

export type Body = Record<string, Value>

/** One object to create, with the body of its request. */
export type Creation = {
  kind: CreationKind
  /** An identifier, unique among the objects of its kind. */
  label: string
  /** The parent object, which is in the path instead of the body. */
  parent: { field: string; id: Reference } | null
  body: Body
}

/** The fields that have a value. */
function definedFields(fields: Record<string, unknown>): Body {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== null && value !== undefined),
  ) as Body
}

/** The objects that make up an equal load balancer, in the order of their creation. */
export function creationsOf(source: LbWithRules): Creation[] {
  const { lb, backends, frontends } = source
  const [name = 'lb'] = labelsOf([lb.name], 'lb')
  const lbRef = new Reference('lb', name)
  const parent = { field: 'lb_id', id: lbRef }
  const backendRefs = referencesTo('backend', backends)
  const frontendRefs = referencesTo('frontend', frontends)
  // A load balancer has one highly available IP, or none.
  const ips = lb.ip.slice(0, 1).map((ip): Creation => {
    return { kind: 'ip', label: name, parent: null, body: ipBody(ip) }
  })
  const ipIds = ips.map(({ label }) => new Reference('ip', label))
  return [
    ...ips,
    { kind: 'lb', label: name, parent: null, body: lbBody(lb, ipIds) },
    ...backends.map((backend): Creation => {
      const { label } = backendRefs(backend.id)
      return { kind: 'backend', label, parent, body: backendBody(backend) }
    }),
    ...frontends.map((frontend): Creation => {
      const body = frontendBody(frontend, backendRefs(frontend.backend.id))
      const { label } = frontendRefs(frontend.id)
      return { kind: 'frontend', label, parent, body }
    }),
    ...routeCreations(source.routes, frontendRefs, backendRefs),
    ...aclCreations(source.acls, frontendRefs),
  ]
}

type Finder = (id: string) => Reference

function routeCreations(routes: Route[], frontendOf: Finder, backendOf: Finder): Creation[] {
  const labels = labelsOf(
    routes.map(({ match }) => routeKind(match).value),
    'route',
  )
  return routes.map((route, at) => {
    const body: Body = {
      frontend_id: frontendOf(route.frontend_id),
      backend_id: backendOf(route.backend_id),
      match: definedFields(route.match),
    }
    return { kind: 'route', label: labels[at] ?? '', parent: null, body }
  })
}

function aclCreations(acls: Acl[], frontendOf: Finder): Creation[] {
  const labels = labelsOf(
    acls.map(({ name }) => name),
    'acl',
  )
  return acls.map((acl, at) => {
    const { name, action, match, index, description } = acl
    const body = definedFields({
      name,
      action: definedFields(action),
      match: definedFields(match),
      index,
      description,
    })
    const parent = { field: 'frontend_id', id: frontendOf(acl.frontend.id) }
    return { kind: 'acl', label: labels[at] ?? '', parent, body }
  })
}

/** Finds the reference to an object by its ID. */
function referencesTo(kind: CreationKind, all: readonly { id: string; name: string }[]) {
  const labels = labelsOf(
    all.map(({ name }) => name),
    kind,
  )
  const references = new Map(
    all.map(({ id }, at) => [id, new Reference(kind, labels[at] ?? '')] as const),
  )
  return (id: string): Reference => {
    const found = references.get(id)
    // A rule may have been created between two requests.
    if (!found) throw new Error(`There is no ${kind} ${id}.`)
    return found
  }
}

function ipBody({ ip_address, region, reverse, tags, project_id }: Ip): Body {
  const defaultReverse = `${ip_address.replaceAll('.', '-')}.lb.${region}.scw.cloud`
  return definedFields({
    project_id,
    is_ipv6: ip_address.includes(':'),
    reverse: reverse === defaultReverse ? null : reverse,
    tags,
  })
}

function lbBody(lb: Lb, ips: Reference[]): Body {
  return definedFields({
    name: lb.name,
    description: lb.description,
    project_id: lb.project_id,
    type: lb.type,
    ...(ips.length > 0 ? { ip_ids: ips } : { assign_flexible_ip: false }),
    tags: lb.tags,
    ssl_compatibility_level: lb.ssl_compatibility_level,
  })
}

function backendBody(backend: Backend): Body {
  return definedFields({
    name: backend.name,
    forward_protocol: backend.forward_protocol,
    forward_port: backend.forward_port,
    forward_port_algorithm: backend.forward_port_algorithm,
    sticky_sessions: backend.sticky_sessions,
    sticky_sessions_cookie_name: backend.sticky_sessions_cookie_name,
    health_check: checkBody(backend.health_check),
    server_ip: backend.pool,
    send_proxy_v2: backend.send_proxy_v2 || null,
    proxy_protocol:
      backend.proxy_protocol === 'proxy_protocol_unknown' ? null : backend.proxy_protocol,
    on_marked_down_action: backend.on_marked_down_action,
    timeout_server: backend.timeout_server,
    timeout_connect: backend.timeout_connect,
    timeout_tunnel: backend.timeout_tunnel,
    timeout_queue: backend.timeout_queue,
    host: backend.host || null,
    failover_host: backend.failover_host,
    ssl_bridging: backend.ssl_bridging || null,
    ignore_ssl_server_verify: backend.ignore_ssl_server_verify,
    redispatch_attempt_count: backend.redispatch_attempt_count,
    max_retries: backend.max_retries,
    max_connections: backend.max_connections,
  })
}

function checkBody(check: HealthCheck): Body {
  return definedFields({ ...check })
}

function frontendBody(frontend: Frontend, backend: Reference): Body {
  return definedFields({
    name: frontend.name,
    inbound_port: frontend.inbound_port,
    backend_id: backend,
    timeout_client: frontend.timeout_client,
    enable_http3: frontend.enable_http3,
    connection_rate_limit: frontend.connection_rate_limit,
    enable_access_logs: frontend.enable_access_logs,
  })
}

import { randomUUID } from 'node:crypto'
import type { AclSpec } from '#lib/core/acl.ts'
import type { CreateBackend } from '#lib/core/backend.ts'
import type { CreateFrontend } from '#lib/core/frontend.ts'
import { HealthCheck } from '#lib/core/health-check.ts'
import type { CreateRoute } from '#lib/core/route.ts'
import { timestamp } from '../../clock.ts'
import type { AclRow, BackendRow, FrontendRow, RouteRow } from '../../store/tables.ts'

/** A new backend's row. Omitted settings stay unset; `plan/defaults.ts` has their defaults. */
export function newBackendRow(lbId: string, input: CreateBackend): BackendRow {
  const at = timestamp()
  const { host = '' } = input
  return {
    id: randomUUID(),
    lb_id: lbId,
    name: input.name,
    forward_protocol: input.forward_protocol,
    forward_port: input.forward_port,
    forward_port_algorithm: input.forward_port_algorithm,
    sticky_sessions: input.sticky_sessions,
    sticky_sessions_cookie_name: input.sticky_sessions_cookie_name ?? '',
    sticky_sessions_nocache: input.sticky_sessions_nocache ?? true,
    health_check: HealthCheck.parse(input.health_check),
    servers: input.server_ip,
    send_proxy_v2: input.send_proxy_v2 ?? false,
    proxy_protocol: input.proxy_protocol ?? 'proxy_protocol_unknown',
    timeout_server: input.timeout_server ?? null,
    timeout_connect: input.timeout_connect ?? null,
    timeout_tunnel: input.timeout_tunnel ?? null,
    timeout_queue: input.timeout_queue ?? null,
    on_marked_down_action: input.on_marked_down_action ?? 'on_marked_down_action_none',
    host,
    failover_host: input.failover_host ?? null,
    ssl_bridging: input.ssl_bridging ?? false,
    ignore_ssl_server_verify: input.ignore_ssl_server_verify ?? null,
    redispatch_attempt_count: input.redispatch_attempt_count ?? null,
    max_retries: input.max_retries ?? null,
    max_connections: input.max_connections ?? null,
    created_at: at,
    updated_at: at,
  }
}

type NewFrontend = Omit<CreateFrontend, 'backend_id' | 'protocol'>

/** A new frontend's row. */
export function newFrontendRow(lbId: string, backendId: string, input: NewFrontend): FrontendRow {
  const at = timestamp()
  return {
    id: randomUUID(),
    lb_id: lbId,
    backend_id: backendId,
    name: input.name,
    inbound_port: input.inbound_port,
    timeout_client: input.timeout_client ?? null,
    connection_rate_limit: input.connection_rate_limit || null,
    enable_access_logs: input.enable_access_logs ?? false,
    enable_http3: input.enable_http3 ?? false,
    created_at: at,
    updated_at: at,
  }
}

/** A new ACL's row. */
export function newAclRow(frontend: FrontendRow, spec: AclSpec): AclRow {
  const at = timestamp()
  const { name, match, action, index, description } = spec
  return {
    id: randomUUID(),
    lb_id: frontend.lb_id,
    frontend_id: frontend.id,
    name,
    match,
    action,
    index,
    description,
    created_at: at,
    updated_at: at,
  }
}

/** A new route's row. */
export function newRouteRow(frontend: FrontendRow, request: CreateRoute): RouteRow {
  const at = timestamp()
  return {
    id: randomUUID(),
    lb_id: frontend.lb_id,
    frontend_id: frontend.id,
    backend_id: request.backend_id,
    match: request.match,
    created_at: at,
    updated_at: at,
  }
}

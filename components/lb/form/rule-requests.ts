import type * as z from 'zod'
import { fieldsOf, type RequestField, requestOf } from '#components/form/request-fields.ts'
import { formRequest } from '#components/form/use-api-form.ts'
import { dirtyFields, withDirtyFields } from '#lib/client/dirty-fields.ts'
import type { Backend, CreateBackend } from '#lib/core/backend.ts'
import type { BackendPatch, FrontendPatch } from '#lib/core/change-rules.ts'
import type { CreateFrontend, Frontend } from '#lib/core/frontend.ts'
import type { Protocol } from '#lib/core/protocol.ts'
import {
  type BackendValues,
  backendValues,
  type FrontendValues,
  frontendValues,
  type RulesValues,
  singleBackend,
  singleFrontend,
} from './rule-values.ts'
import {
  durationOrNull,
  numberOf,
  numberOrNull,
  requiredNumber,
  serverLines,
} from './typed-text.ts'

type BackendField = ReturnType<typeof fieldsOf<BackendValues>>

/** The configuration of the selected kind of check. */
function checkConfigFields({ check }: BackendValues, field: BackendField) {
  const http = () => ({
    uri: field('check.uri', check.uri),
    method: field('check.method', check.method),
    code: field('check.code', numberOf(check.code)),
    host_header: field('check.host', check.host.trim()),
  })
  const user = () => ({ user: field('check.user', check.user) })
  const none = () => field('check.kind', {})
  switch (check.kind) {
    case 'http':
      return { http_config: http() }
    case 'https':
      return { https_config: { ...http(), sni: field('check.sni', check.sni.trim()) } }
    case 'mysql':
      return { mysql_config: user() }
    case 'pgsql':
      return { pgsql_config: user() }
    case 'redis':
      return { redis_config: none() }
    case 'ldap':
      return { ldap_config: none() }
    case 'tcp':
      return { tcp_config: none() }
  }
}

function healthCheckFields(backend: BackendValues, field: BackendField) {
  const { check, port } = backend
  const hasOwnPort = check.port.trim() !== ''
  return {
    port: hasOwnPort
      ? field('check.port', requiredNumber(check.port))
      : field('port', requiredNumber(port)),
    check_delay: field('check.delay', numberOrNull(check.delay)),
    check_timeout: field('check.timeout', numberOrNull(check.timeout)),
    check_max_retries: field('check.retries', requiredNumber(check.retries)),
    check_send_proxy: field('check.sendProxy', check.sendProxy),
    transient_check_delay: field('check.transientDelay', durationOrNull(check.transientDelay)),
    ...checkConfigFields(backend, field),
  }
}

function serversField({ servers }: BackendValues, field: BackendField): RequestField<string[]> {
  const lines = serverLines(servers)
  const addresses = lines.map(({ address }) => address)
  return field('servers', addresses, (index) => lines[index] && `Line ${lines[index].line}`)
}

/** The fields of a backend. @param prefix where its values are in the form: "backends.0." */
export function backendFields(backend: BackendValues, prefix: string) {
  const field = fieldsOf<BackendValues>(prefix)
  const { protocol, timeouts } = backend
  return {
    name: field('name', backend.name),
    forward_protocol: field('protocol', protocol),
    forward_port: field('port', requiredNumber(backend.port)),
    forward_port_algorithm: field('algorithm', backend.algorithm),
    proxy_protocol: field('proxy', backend.proxy),
    server_ip: serversField(backend, field),
    health_check: healthCheckFields(backend, field),
    sticky_sessions: field('sticky', backend.sticky),
    ...(backend.sticky === 'cookie' && {
      sticky_sessions_cookie_name: field('cookie', backend.cookie),
      sticky_sessions_nocache: field('nocache', backend.nocache),
    }),
    timeout_connect: field('timeouts.connect', numberOrNull(timeouts.connect)),
    timeout_server: field('timeouts.server', numberOrNull(timeouts.server)),
    timeout_tunnel: field('timeouts.tunnel', numberOrNull(timeouts.tunnel)),
    timeout_queue: field('timeouts.queue', durationOrNull(timeouts.queue)),
    max_connections: field('maxConnections', numberOrNull(backend.maxConnections)),
    max_retries: field('maxRetries', numberOrNull(backend.maxRetries)),
    redispatch_attempt_count: field('redispatch', numberOrNull(backend.redispatch)),
    // In TCP mode it is a server name, which only TLS has.
    host: field('serverHost', protocol === 'http' || backend.tls ? backend.serverHost : ''),
    // TCP clients can't be redirected, so TCP clears it.
    failover_host: field(
      'failoverHost',
      (protocol === 'http' && backend.failoverHost.trim()) || null,
    ),
    on_marked_down_action: field(
      'cutWhenDown',
      backend.cutWhenDown ? 'shutdown_sessions' : 'on_marked_down_action_none',
    ),
  }
}

/** The fields of a backend that its health check depends on. @param prefix where its values are in the form */
export function draftCheckFields(backend: BackendValues, prefix: string) {
  const { forward_port, proxy_protocol, server_ip, health_check, host } = backendFields(
    backend,
    prefix,
  )
  return { forward_port, proxy_protocol, server_ip, health_check, host }
}

/** The fields of a frontend, without its backend. @param prefix where its values are in the form: "frontends.0." */
export function frontendFields(frontend: FrontendValues, prefix: string) {
  const field = fieldsOf<FrontendValues>(prefix)
  return {
    name: field('name', frontend.name),
    protocol: field('protocol', frontend.protocol),
    inbound_port: field('port', requiredNumber(frontend.port)),
    timeout_client: field('clientTimeout', numberOrNull(frontend.clientTimeout)),
    connection_rate_limit: field('rateLimit', numberOrNull(frontend.rateLimit)),
    enable_access_logs: field('accessLog', frontend.accessLog),
  }
}

/** The fields of a form for one frontend. */
export function singleFrontendFields(values: RulesValues) {
  const frontend = singleFrontend(values)
  return {
    ...frontendFields(frontend, 'frontends.0.'),
    backend_id: fieldsOf<RulesValues>()('frontends.0.backend', frontend.backend),
  }
}

/** The fields of a form for one backend. */
export const singleBackendFields = (values: RulesValues) =>
  backendFields(singleBackend(values), 'backends.0.')

export const CREATE_FRONTEND_FORM = formRequest({
  fields: (values: RulesValues) => ({ new_frontends: [singleFrontendFields(values)] }),
  schema: async () => (await import('#lib/core/frontend.ts')).CreateFrontend,
  part: 'new_frontends.0',
})

export const CREATE_BACKEND_FORM = formRequest({
  fields: singleBackendFields,
  schema: async () => (await import('#lib/core/backend.ts')).EffectiveBackend,
})

/** The request of a frontend's inputs. */
export const frontendRequest = (frontend: FrontendValues) =>
  requestOf(singleFrontendFields({ frontends: [frontend], backends: [] })) satisfies z.input<
    typeof CreateFrontend
  >

/** The request of a backend's inputs. */
export const backendRequest = (backend: BackendValues) =>
  requestOf(backendFields(backend, '')) satisfies z.input<typeof CreateBackend>

/** The edited fields of a backend. @param base the version that the inputs were filled from */
export function backendPatch(values: BackendValues, base: Backend): z.input<typeof BackendPatch> {
  const { id, updated_at } = base
  const before = backendRequest(backendValues(base))
  return { id, updated_at, ...dirtyFields(base, before, backendRequest(values)) }
}

/** The edited fields of a frontend. @param base the version that the inputs were filled from */
export function frontendPatch(
  values: FrontendValues,
  base: Frontend,
): z.input<typeof FrontendPatch> {
  const { id, updated_at } = base
  const before = frontendRequest(frontendValues(base))
  return { id, updated_at, ...dirtyFields(base, before, frontendRequest(values)) }
}

/** The request that creates a deleted backend again, with the edited fields. */
export function recreatedBackend(
  values: BackendValues,
  base: Backend,
): z.input<typeof CreateBackend> {
  const { id: _, lb: _lb, pool, created_at: _at, updated_at: _since, ...settings } = base
  const before = backendRequest(backendValues(base))
  return withDirtyFields({ ...settings, server_ip: pool }, before, backendRequest(values))
}

/** The request that creates a deleted frontend again, with the edited fields. */
export function recreatedFrontend(
  values: FrontendValues,
  base: Frontend,
): z.input<typeof CreateFrontend> {
  const { enable_http3, certificate_ids } = base
  return { enable_http3, certificate_ids, ...frontendRequest(values) }
}

/** The patch of the backend whose protocol changes along with a frontend's; empty where it has that protocol already. */
export function switchedBackends(
  { backend: selected, protocol, switchedBackend }: FrontendValues,
  backends: readonly Backend[],
): z.input<typeof BackendPatch>[] {
  const backend = backends.find(({ id }) => id === selected && id === switchedBackend)
  if (!backend || backend.forward_protocol === protocol) return []
  return [protocolPatch(backend, protocol)]
}

/** Changes a backend's protocol. TCP clears what needs HTTP: a sticky cookie, a failover host, and without TLS the host. */
function protocolPatch(backend: Backend, protocol: Protocol): z.input<typeof BackendPatch> {
  const { id, updated_at, sticky_sessions: sticky } = backend
  const patch = { id, updated_at, forward_protocol: protocol }
  if (protocol === 'http') return patch
  return {
    ...patch,
    ...(sticky === 'cookie' && { sticky_sessions: 'none' }),
    ...(backend.failover_host && { failover_host: null }),
    ...(backend.host && !backend.ssl_bridging && { host: '' }),
  }
}

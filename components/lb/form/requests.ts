import type * as z from 'zod'
import { dirtyFields, withDirtyFields } from '#lib/client/dirty-fields.ts'
import type { Backend, CreateBackend } from '#lib/core/backend.ts'
import type { BackendPatch, FrontendPatch } from '#lib/core/change-rules.ts'
import type { CreateLb } from '#lib/core/create-lb.ts'
import type { CreateFrontend, Frontend } from '#lib/core/frontend.ts'
import type { Lb } from '#lib/core/lb.ts'
import { type BackendValues, backendValues } from './backend-values.ts'
import { AUTOMATIC, type IdentityValues, identityValues, type LbValues } from './form-values.ts'
import { type FrontendValues, frontendValues } from './frontend-values.ts'
import { checkRequest } from './health-check-request.ts'
import { serverLines } from './server-lines.ts'
import { tagsOf } from './tags-text.ts'
import { durationOf, required, unsetOr } from './typed-numbers.ts'

export function identityRequest({ name, description, tags }: IdentityValues) {
  return { name, description, tags: tagsOf(tags) }
}

/** The change of a load balancer's own fields that the inputs make. The API wants its name in any case. */
export function identityChange(values: IdentityValues, known: Lb) {
  const before = identityRequest(identityValues(known))
  return { name: known.name, ...dirtyFields(known, before, identityRequest(values)) }
}

export function backendRequest(backend: BackendValues) {
  return {
    name: backend.name,
    forward_protocol: backend.protocol,
    forward_port: required(backend.port),
    forward_port_algorithm: backend.algorithm,
    proxy_protocol: backend.proxy,
    server_ip: serverLines(backend.servers).map(({ address }) => address),
    health_check: checkRequest(backend.check, backend.port),
    sticky_sessions: backend.sticky,
    ...(backend.sticky === 'cookie' && {
      sticky_sessions_cookie_name: backend.cookie,
      sticky_sessions_nocache: backend.nocache,
    }),
    timeout_connect: unsetOr(backend.timeouts.connect),
    timeout_server: unsetOr(backend.timeouts.server),
    timeout_tunnel: unsetOr(backend.timeouts.tunnel),
    timeout_queue: durationOf(backend.timeouts.queue),
    max_connections: unsetOr(backend.maxConnections),
    max_retries: unsetOr(backend.maxRetries),
    redispatch_attempt_count: unsetOr(backend.redispatch),
    // In TCP mode it is a server name, which only TLS has.
    host: backend.protocol === 'http' || backend.tls ? backend.serverHost : '',
    // TCP clients can't be redirected, so TCP clears it.
    failover_host: (backend.protocol === 'http' && backend.failoverHost.trim()) || null,
    on_marked_down_action: backend.cutWhenDown ? 'shutdown_sessions' : 'on_marked_down_action_none',
  } satisfies z.input<typeof CreateBackend>
}

const frontendBase = (frontend: FrontendValues) => ({
  name: frontend.name,
  protocol: frontend.protocol,
  inbound_port: required(frontend.port),
  timeout_client: unsetOr(frontend.clientTimeout),
  connection_rate_limit: unsetOr(frontend.rateLimit),
  enable_access_logs: frontend.accessLog,
})

export function frontendRequest(frontend: FrontendValues) {
  return {
    ...frontendBase(frontend),
    backend_id: frontend.backend,
  } satisfies z.input<typeof CreateFrontend>
}

/** The change of a backend that its inputs make, of the version that they were filled from. */
export function backendPatch(values: BackendValues, known: Backend): z.input<typeof BackendPatch> {
  const before = backendRequest(backendValues(known))
  const { id, updated_at } = known
  return { id, updated_at, ...dirtyFields(known, before, backendRequest(values)) }
}

/** The change of a frontend that its inputs make, of the version that they were filled from. */
export function frontendPatch(
  values: FrontendValues,
  known: Frontend,
): z.input<typeof FrontendPatch> {
  const before = frontendRequest(frontendValues(known))
  const { id, updated_at } = known
  return { id, updated_at, ...dirtyFields(known, before, frontendRequest(values)) }
}

/** What creates a backend again that has been deleted, as its inputs have it. */
export function backendAgain(values: BackendValues, known: Backend): z.input<typeof CreateBackend> {
  const { id: _, lb: _lb, pool, created_at: _at, updated_at: _since, ...settings } = known
  const before = backendRequest(backendValues(known))
  return withDirtyFields({ ...settings, server_ip: pool }, before, backendRequest(values))
}

/** What creates a frontend again that has been deleted, as its inputs have it. */
export function frontendAgain(
  values: FrontendValues,
  known: Frontend,
): z.input<typeof CreateFrontend> {
  const { enable_http3, certificate_ids } = known
  return { enable_http3, certificate_ids, ...frontendRequest(values) }
}

/** The change of a frontend's backend that is to change its protocol along with it; none where it speaks it already. */
export function switchedBackends(
  { backend: chosen, protocol, switched }: FrontendValues,
  backends: readonly Backend[],
): z.input<typeof BackendPatch>[] {
  const backend = backends.find(({ id }) => id === chosen && id === switched)
  if (!backend || backend.forward_protocol === protocol) return []
  return [protocolPatch(backend, protocol)]
}

/** A sticky cookie and a failover host need HTTP, and a host needs HTTP or TLS, so TCP clears what it can't use. */
function protocolPatch(
  backend: Backend,
  protocol: FrontendValues['protocol'],
): z.input<typeof BackendPatch> {
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

export function lbRequest(values: LbValues): z.input<typeof CreateLb> {
  const backendNamed = (key: string) => {
    const backend = values.backends.find((one) => one.key === key)
    // A backend without a name is that rule's problem; its frontends still say which they mean.
    return backend ? backend.name.trim() || backend.key : ''
  }
  return {
    ...identityRequest(values),
    ...(values.ip !== AUTOMATIC && { ip_id: values.ip }),
    backends: values.backends.map(backendRequest),
    frontends: values.frontends.map((frontend) => ({
      ...frontendBase(frontend),
      backend: backendNamed(frontend.backend),
    })),
  }
}

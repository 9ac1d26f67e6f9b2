import { expect, test } from 'vitest'
import { type Backend, BackendFields, CreateBackend } from '#lib/core/backend.ts'
import { BackendPatch } from '#lib/core/change-rules.ts'
import { HealthCheck } from '#lib/core/health-check.ts'
import { backendPatch, backendRequest } from './rule-requests.ts'
import { type BackendValues, backendValues, newBackend } from './rule-values.ts'

/** The backend that the API returns for the request of these inputs. */
function created(values: BackendValues): Backend {
  const request = CreateBackend.parse(backendRequest(values))
  const { server_ip: pool, health_check, ...columns } = request
  const unset = { failover_host: null, ignore_ssl_server_verify: null, ssl_bridging: false }
  const fields = BackendFields.parse({
    id: values.key,
    host: '',
    send_proxy_v2: false,
    redispatch_attempt_count: null,
    max_retries: null,
    max_connections: null,
    timeout_server: null,
    timeout_connect: null,
    timeout_tunnel: null,
    timeout_queue: null,
    sticky_sessions_cookie_name: '',
    ...unset,
    ...Object.fromEntries(Object.entries(columns).filter(([, value]) => value !== undefined)),
    health_check: HealthCheck.parse(health_check),
    pool,
    created_at: '2026-01-01T00:00:00Z',
    updated_at: '2026-01-01T00:00:00Z',
  })
  return { ...fields, lb: {} as Backend['lb'] }
}

const filled: BackendValues = {
  ...newBackend([]),
  key: '00000000-0000-4000-8000-000000000001',
  protocol: 'http',
  port: '8080',
  proxy: 'proxy_protocol_v2_ssl',
  servers: '10.0.0.1\n2001:db8::1',
  check: {
    kind: 'https',
    uri: '/up',
    method: 'HEAD',
    code: '204',
    host: 'a.example',
    sni: 'b.example',
    user: '',
    port: '9090',
    delay: '2000',
    timeout: '500',
    transientDelay: '250',
    retries: '2',
    sendProxy: true,
  },
  sticky: 'cookie',
  cookie: 'srv',
  nocache: false,
  algorithm: 'leastconn',
  timeouts: { connect: '1', server: '2', tunnel: '3', queue: '4500' },
  maxConnections: '10',
  maxRetries: '0',
  redispatch: '2',
  cutWhenDown: true,
  serverHost: 'app.example.com:8080',
  tls: false,
  failoverHost: 'sorry.example.com',
}

test('values survive a round trip through the API', () => {
  expect(backendValues(created(filled))).toEqual(filled)
  const plain = { ...newBackend([]), key: filled.key, servers: '10.0.0.1' }
  expect(backendValues(created(plain))).toEqual(plain)
})

test.each(['tcp', 'http', 'mysql', 'pgsql', 'redis', 'ldap'] as const)(
  'a check by %s keeps its option',
  (kind) => {
    const check = { ...newBackend([]).check, kind, uri: '/up', user: 'probe' }
    const back = backendValues(created({ ...filled, check })).check
    expect(back.kind).toBe(kind)
    if (kind === 'http') expect(back.uri).toBe('/up')
    if (kind === 'mysql' || kind === 'pgsql') expect(back.user).toBe('probe')
  },
)

test("a check of the backend's port has none of its own", () => {
  const check = { ...filled.check, port: '8080' }
  expect(backendValues(created({ ...filled, check })).check.port).toBe('')
})

test('a cleared number is unset, and an unused cookie name is kept', () => {
  const base = created(filled)
  const patch = backendPatch({ ...filled, maxConnections: '', sticky: 'none' }, base)
  expect(patch).toMatchObject({ max_connections: null, updated_at: base.updated_at })
  expect('sticky_sessions_cookie_name' in patch).toBe(false)
  expect(BackendPatch.parse(patch).max_connections).toBe(null)
})

test('the older field for version 2 of the PROXY protocol is understood', () => {
  const old = { ...created(filled), send_proxy_v2: true }
  const proxyOf = (proxy_protocol: Backend['proxy_protocol']) =>
    backendValues({ ...old, proxy_protocol }).proxy
  expect(proxyOf('proxy_protocol_unknown')).toBe('proxy_protocol_v2')
  expect(proxyOf('proxy_protocol_v1')).toBe('proxy_protocol_v1')
})

import { afterAll, beforeAll, expect, test } from 'vitest'
import { requestOf } from '#components/form/request-fields.ts'
import {
  below,
  type Call,
  checkEdits,
  differences,
  type EditForm,
  fieldsBy,
  maybe,
  newName,
  OBJECTS,
  ok,
  oneOf,
  REGION,
  someOf,
  TEXTS,
} from '#components/form/testing/edit-check.ts'
import { type Backend, EditedBackend } from '#lib/core/backend.ts'
import { type Frontend, UpdateFrontend } from '#lib/core/frontend.ts'
import { type Lb, UpdateLb } from '#lib/core/lb.ts'
import {
  type RunningControlPlane,
  runControlPlane,
} from '#lib/testing/control-plane/running-control-plane.ts'
import { IDENTITY_FORM, identityPatch, identityValues } from './lb-values.ts'
import {
  backendPatch,
  backendRequest,
  frontendPatch,
  frontendRequest,
  recreatedBackend,
} from './rule-requests.ts'
import { backendValues, frontendValues } from './rule-values.ts'

let controlPlane: RunningControlPlane
let lbId: string
beforeAll(async () => {
  controlPlane = await runControlPlane()
  lbId = (await ok<Lb>(call, 'POST', `${REGION}/lbs`, { name: 'forms' })).id
})
afterAll(() => controlPlane.stop())

const call: Call = (...request) => controlPlane.call(...request)

test('editing a load balancer changes only the edited fields', async () => {
  const tags = ['team=web,core', 'env=prod', '"q"', 'a', 'a', 'tab\there', "it's"]
  const saved = await checkEdits<Lb, ReturnType<typeof identityValues>>({
    create: () =>
      ok(call, 'POST', `${REGION}/lbs`, {
        name: newName(),
        description: oneOf(TEXTS),
        tags: someOf(tags),
        assign_flexible_ip: false,
      }),
    read: ({ id }) => ok(call, 'GET', `${REGION}/lbs/${id}`),
    valuesOf: identityValues,
    isValid: (inputs) => UpdateLb.safeParse(requestOf(IDENTITY_FORM.fields(inputs))).success,
    save: (inputs, base) =>
      ok(call, 'PUT', `${REGION}/lbs/${base.id}`, identityPatch(inputs, base)),
    fieldsOf: (input) => new RegExp(`^${input}$`),
  })
  expect(saved).toBeGreaterThan(5)
})

const CHECKS = [
  { tcp_config: {} },
  { http_config: { uri: '/up?a=b', method: 'HEAD', code: 204, host_header: 'a.example' } },
  { https_config: { uri: '/', sni: 'sni.example', host_header: '' } },
  { pgsql_config: { user: 'probe' } },
  { ldap_config: {} },
]

function backendBody() {
  const protocol = oneOf(['http', 'tcp'] as const)
  const port = oneOf([80, 8080, 443])
  const sticky = oneOf(protocol === 'http' ? ['none', 'cookie', 'table'] : ['none', 'table'])
  return {
    name: newName(),
    forward_protocol: protocol,
    forward_port: port,
    forward_port_algorithm: oneOf(['roundrobin', 'leastconn', 'first']),
    sticky_sessions: sticky,
    sticky_sessions_cookie_name: sticky === 'cookie' ? oneOf(['sid', 'srv']) : oneOf(['', 'old']),
    sticky_sessions_nocache: below(2) === 0,
    server_ip: someOf(['10.0.0.1', '2001:db8::7', '10.0.0.3']),
    ...(below(2) === 0 && {
      proxy_protocol: oneOf(['proxy_protocol_v1', 'proxy_protocol_unknown']),
    }),
    send_proxy_v2: below(3) === 0,
    ssl_bridging: below(2) === 0,
    host: oneOf(['', 'inside.example']),
    ignore_ssl_server_verify: maybe(true),
    timeout_server: maybe(1500),
    timeout_connect: maybe(1),
    timeout_tunnel: maybe(86_400_000),
    timeout_queue: maybe(oneOf(['0.500s', '4s', '61.001s'])),
    on_marked_down_action: oneOf(['on_marked_down_action_none', 'shutdown_sessions']),
    // In TCP mode the cookie name is kept, but the form hides it.
    failover_host: maybe('sorry.example.com'),
    redispatch_attempt_count: maybe(0),
    max_retries: maybe(3),
    max_connections: maybe(0),
    health_check: {
      port: oneOf([port, 9000]),
      check_delay: maybe(60_000),
      check_timeout: maybe(30_000),
      check_max_retries: oneOf([1, 5]),
      check_send_proxy: below(2) === 0,
      transient_check_delay: maybe('0.500s'),
      ...oneOf(CHECKS),
    },
  }
}

const BACKEND_FIELDS: Record<string, RegExp> = {
  name: /^name$/,
  // In TCP mode there is neither a sticky cookie nor a failover host, and a host only with TLS.
  protocol: /^(forward_protocol|sticky_sessions|failover_host|host)$/,
  // A check without a port of its own uses the backend's.
  port: /^(forward_port|health_check\.port)$/,
  proxy: /^(proxy_protocol|send_proxy_v2)$/,
  servers: /^pool$/,
  sticky: /^sticky_sessions/,
  cookie: /^sticky_sessions_cookie_name$/,
  nocache: /^sticky_sessions_nocache$/,
  algorithm: /^forward_port_algorithm$/,
  maxConnections: /^max_connections$/,
  maxRetries: /^max_retries$/,
  redispatch: /^redispatch_attempt_count$/,
  cutWhenDown: /^on_marked_down_action$/,
  failoverHost: /^failover_host$/,
  serverHost: /^host$/,
  'check.kind': /^health_check\.\w+_config/,
  'check.port': /^health_check\.port$/,
  'check.delay': /^health_check\.check_delay$/,
  'check.timeout': /^health_check\.check_timeout$/,
  'check.retries': /^health_check\.check_max_retries$/,
  'check.sendProxy': /^health_check\.check_send_proxy$/,
  'check.transientDelay': /^health_check\.transient_check_delay$/,
  'check.uri': /_config\.uri$/,
  'check.method': /_config\.method$/,
  'check.code': /_config\.code$/,
  'check.host': /_config\.host_header$/,
  'check.sni': /_config\.sni$/,
  'check.user': /_config\.user$/,
}

const changeRules = (body: object) => ok(call, 'PATCH', `/fairlead/v1/lbs/${lbId}/rules`, body)
const backendForm: EditForm<Backend, ReturnType<typeof backendValues>> = {
  create: () => ok(call, 'POST', `${REGION}/lbs/${lbId}/backends`, backendBody()),
  read: ({ id }) => ok(call, 'GET', `${REGION}/backends/${id}`),
  valuesOf: backendValues,
  isValid: (inputs) => EditedBackend.safeParse(backendRequest(inputs)).success,
  save: (inputs, base) => changeRules({ backends: [backendPatch(inputs, base)] }),
  // No input changes `ssl_bridging`.
  fixed: /^tls$/,
  fieldsOf: fieldsBy(BACKEND_FIELDS),
}

test('editing a backend changes only the edited fields', async () => {
  expect(await checkEdits(backendForm)).toBeGreaterThan(50)
})

test('a deleted backend is created again with the fields that its form does not have', async () => {
  for (let index = 0; index < OBJECTS; index++) {
    const base = await backendForm.create()
    await controlPlane.call('DELETE', `${REGION}/backends/${base.id}`)
    const again = recreatedBackend({ ...backendValues(base), maxRetries: '7' }, base)
    const created = await ok<Backend>(call, 'POST', `${REGION}/lbs/${lbId}/backends`, again)
    const touched = differences(base, created)
    const changed = base.max_retries === 7 ? [] : ['max_retries']
    expect(touched.filter((path) => !/^(id|created_at)$/.test(path))).toEqual(changed)
  }
})

test('editing a frontend changes only the edited fields', async () => {
  const backends: Backend[] = []
  for (let index = 0; index < 6; index++) backends.push(await backendForm.create())
  let port = 20_000
  const saved = await checkEdits<Frontend, ReturnType<typeof frontendValues>>({
    create: () => {
      port += 1
      return ok(call, 'POST', `${REGION}/lbs/${lbId}/frontends`, {
        name: newName(),
        inbound_port: port,
        backend_id: oneOf(backends).id,
        timeout_client: maybe(oneOf([1, 60_000])),
        connection_rate_limit: maybe(oneOf([0, 10])),
        enable_access_logs: below(2) === 0,
        enable_http3: below(2) === 0,
      })
    },
    read: async ({ id }) => {
      const frontend = await ok<Frontend>(call, 'GET', `${REGION}/frontends/${id}`)
      return { ...frontend, backend_id: frontend.backend.id }
    },
    valuesOf: frontendValues,
    isValid: (inputs) => {
      const { forward_protocol: spoken } = backends.find(({ id }) => id === inputs.backend) ?? {}
      const parsed = UpdateFrontend.safeParse(frontendRequest(inputs))
      return spoken === inputs.protocol && parsed.success
    },
    save: (inputs, base) => changeRules({ frontends: [frontendPatch(inputs, base)] }),
    // The protocol follows from the backend, and the other port is taken.
    fixed: /^(protocol|port|switchedBackend)$/,
    fieldsOf: fieldsBy({
      name: /^name$/,
      backend: /^backend_id$/,
      clientTimeout: /^timeout_client$/,
      rateLimit: /^connection_rate_limit$/,
      accessLog: /^enable_access_logs$/,
    }),
  })
  expect(saved).toBeGreaterThan(5)
})

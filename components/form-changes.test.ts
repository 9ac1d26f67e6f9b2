import { globSync, readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Acl, AclSpec } from '#lib/core/acl.ts'
import type { ApiToken } from '#lib/core/api-token.ts'
import { type Backend, EditedBackend } from '#lib/core/backend.ts'
import { type Frontend, UpdateFrontend } from '#lib/core/frontend.ts'
import { type Lb, UpdateLb } from '#lib/core/lb.ts'
import { type Route, UpdateRoute } from '#lib/core/route.ts'
import type { Subscriber } from '#lib/core/subscriber.ts'
import {
  type RunningControlPlane,
  runControlPlane,
} from '#lib/testing/control-plane/running-control-plane.ts'
import { type TokenValues, tokenChange, tokenValues } from './account/token-values.ts'
import { backendValues } from './lb/form/backend-values.ts'
import { identityValues } from './lb/form/form-values.ts'
import { frontendValues } from './lb/form/frontend-values.ts'
import { leavesOf, type Values } from './lb/form/merge-values.ts'
import {
  backendAgain,
  backendPatch,
  backendRequest,
  frontendPatch,
  frontendRequest,
  identityChange,
  identityRequest,
} from './lb/form/requests.ts'
import { type AclValues, aclRequest, aclValues, specOf } from './lb/routing/acl-values.ts'
import {
  type RouteValues,
  routeChange,
  routeRequest,
  routeValues,
} from './lb/routing/route-values.ts'
import {
  type SubscriberValues,
  subscriberChange,
  subscriberProblems,
  subscriberValues,
} from './subscribers/subscriber-values.ts'

const REGION = '/lb/v1/regions/fr-par'
const OBJECTS = 6
const ADMIN = { email: 'ada@example.com', password: 'correct-horse-battery-9' }

let controlPlane: RunningControlPlane
let lbId: string
beforeAll(async () => {
  controlPlane = await runControlPlane({ admin: ADMIN })
  lbId = (await ok<Lb>('POST', `${REGION}/lbs`, { name: 'forms' })).id
})
afterAll(() => controlPlane.stop())

async function ok<T>(
  method: string,
  path: string,
  body?: object,
  headers?: Record<string, string>,
): Promise<T> {
  const answered = await controlPlane.call(method, path, body, headers)
  expect(answered.status, `${method} ${path}: ${JSON.stringify(answered.body)}`).toBeLessThan(300)
  return answered.body as T
}

/** Numbers that are the same in every run. */
let state = 13
function below(count: number): number {
  state = (state * 48271) % 0x7fffffff
  return state % count
}
const oneOf = <T>(choices: readonly T[]): T => choices[below(choices.length)] as T
const maybe = <T>(value: T): T | null => (below(2) === 0 ? null : value)
const someOf = <T>(choices: readonly T[]): T[] => choices.filter(() => below(2) === 0)

/** Texts that inputs find hard to hold. */
const TEXTS = [
  'plain',
  ' spaces around ',
  'a, b',
  'line\nbreak',
  'crlf\r\nend ',
  '"quoted"',
  'ü\tx',
]
const NAMES = ['web', 'a, b', 'Straße', "it's", 'x'.repeat(255)]
let serial = 0
const newName = () => `${oneOf(NAMES)} ${++serial}`.slice(-255).trim()

/** The fields that differ, by their paths: "health_check.port". Times and versions are left out. */
function differences(one: unknown, other: unknown, path = ''): string[] {
  const isObject = (value: unknown) => typeof value === 'object' && value !== null
  if (!isObject(one) || !isObject(other) || Array.isArray(one) || Array.isArray(other)) {
    return JSON.stringify(one) === JSON.stringify(other) ? [] : [path]
  }
  const [before, after] = [one, other] as Record<string, unknown>[]
  const names = new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])
  return [...names].flatMap((name) =>
    /^(updated_at|lb|frontend|backend|instances|subscriber)$/.test(name)
      ? []
      : differences(before?.[name], after?.[name], path ? `${path}.${name}` : name),
  )
}

/** A form that edits what there is already. */
type Form<Known, Inputs extends object> = {
  create: () => Promise<Known>
  read: (known: Known) => Promise<Known>
  values: (known: Known) => Inputs
  /** Sends what the form sends. */
  save: (inputs: Inputs, known: Known) => Promise<unknown>
  /** Whether the form lets the inputs pass. */
  passes: (inputs: Inputs, known: Known) => boolean
  /** Inputs that the form only sets along with others. */
  fixed?: RegExp
  /** Which fields of the API's object each input stands for. */
  stands: (input: string) => RegExp
}

function leafSet(inputs: Values, path: string, value: unknown): Values {
  const [name = '', ...rest] = path.split('.')
  const inner = inputs[name]
  return {
    ...inputs,
    [name]: rest.length === 0 ? value : leafSet(inner as Values, rest.join('.'), value),
  } as Values
}

/**
 * Objects with all that the API takes, each saved untouched, and then with each input as it is for another object: only
 * what the input stands for may be another.
 * @returns how many changes were tried
 */
async function tryForm<Known, Inputs extends object>(form: Form<Known, Inputs>): Promise<number> {
  const objects: Known[] = []
  for (let index = 0; index < OBJECTS; index++) objects.push(await form.create())
  let tried = 0
  for (const object of objects) {
    let known = await form.read(object)
    await form.save(form.values(known), known)
    expect(differences(known, await form.read(known)), 'saved untouched').toEqual([])
    const donors = objects.map((one) => leavesOf(form.values(one) as unknown as Values))
    for (const [input, value] of leavesOf(form.values(known) as unknown as Values)) {
      if (input === 'key' || form.fixed?.test(input)) continue
      known = await form.read(known)
      const others = donors.map((leaves) => leaves.get(input)).filter((other) => other !== value)
      if (others.length === 0) continue
      const now = form.values(known) as unknown as Values
      const inputs = leafSet(now, input, oneOf(others)) as unknown as Inputs
      if (!form.passes(inputs, known)) continue
      await form.save(inputs, known)
      const touched = differences(known, await form.read(known))
      const wrong = touched.filter((path) => !form.stands(input).test(path))
      expect(wrong, `${input}: ${JSON.stringify([known, inputs])}`).toEqual([])
      tried += 1
    }
  }
  return tried
}

test('editing a load balancer changes nothing that nobody touched', async () => {
  const tags = ['team=web,core', 'env=prod', '"q"', 'a', 'a', 'tab\there', "it's"]
  const tried = await tryForm<Lb, ReturnType<typeof identityValues>>({
    create: () =>
      ok('POST', `${REGION}/lbs`, {
        name: newName(),
        description: oneOf(TEXTS),
        tags: someOf(tags),
        assign_flexible_ip: false,
      }),
    read: ({ id }) => ok('GET', `${REGION}/lbs/${id}`),
    values: identityValues,
    passes: (inputs) => UpdateLb.safeParse(identityRequest(inputs)).success,
    save: (inputs, known) => ok('PUT', `${REGION}/lbs/${known.id}`, identityChange(inputs, known)),
    stands: (input) => new RegExp(`^${input}$`),
  })
  expect(tried).toBeGreaterThan(5)
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
    // TCP keeps one, too, which the form does not show.
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
  // TCP has neither a sticky cookie nor a failover host, and a host only with TLS.
  protocol: /^(forward_protocol|sticky_sessions|failover_host|host)$/,
  // A check of the backend's own port follows it.
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
const standsFor = (fields: Record<string, RegExp>) => (input: string) => {
  const timeout = /^timeouts\.(\w+)$/.exec(input)
  return fields[input] ?? new RegExp(`^timeout_${timeout?.[1]}$`)
}

const changeRules = (body: object) => ok('PATCH', `/fairlead/v1/lbs/${lbId}/rules`, body)
const backendForm: Form<Backend, ReturnType<typeof backendValues>> = {
  create: () => ok('POST', `${REGION}/lbs/${lbId}/backends`, backendBody()),
  read: ({ id }) => ok('GET', `${REGION}/backends/${id}`),
  values: backendValues,
  passes: (inputs) => EditedBackend.safeParse(backendRequest(inputs)).success,
  save: (inputs, known) => changeRules({ backends: [backendPatch(inputs, known)] }),
  // Whether connections speak TLS is shown, and no input.
  fixed: /^tls$/,
  stands: standsFor(BACKEND_FIELDS),
}

test('editing a backend changes nothing that nobody touched', async () => {
  expect(await tryForm(backendForm)).toBeGreaterThan(50)
})

test('a backend that was deleted is created again with what its form does not show', async () => {
  for (let index = 0; index < OBJECTS; index++) {
    const known = await backendForm.create()
    await controlPlane.call('DELETE', `${REGION}/backends/${known.id}`)
    const again = backendAgain({ ...backendValues(known), maxRetries: '7' }, known)
    const created = await ok<Backend>('POST', `${REGION}/lbs/${lbId}/backends`, again)
    const touched = differences(known, created)
    const changed = known.max_retries === 7 ? [] : ['max_retries']
    expect(touched.filter((path) => !/^(id|created_at)$/.test(path))).toEqual(changed)
  }
})

test('editing a frontend changes nothing that nobody touched', async () => {
  const backends: Backend[] = []
  for (let index = 0; index < 6; index++) backends.push(await backendForm.create())
  let port = 20_000
  const tried = await tryForm<Frontend, ReturnType<typeof frontendValues>>({
    create: () => {
      port += 1
      return ok('POST', `${REGION}/lbs/${lbId}/frontends`, {
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
      const frontend = await ok<Frontend>('GET', `${REGION}/frontends/${id}`)
      return { ...frontend, backend_id: frontend.backend.id }
    },
    values: frontendValues,
    passes: (inputs) => {
      const { forward_protocol: spoken } = backends.find(({ id }) => id === inputs.backend) ?? {}
      const parsed = UpdateFrontend.safeParse(frontendRequest(inputs))
      return spoken === inputs.protocol && parsed.success
    },
    save: (inputs, known) => changeRules({ frontends: [frontendPatch(inputs, known)] }),
    // It follows the backend, and another frontend has the port.
    fixed: /^(protocol|port|switched)$/,
    stands: standsFor({
      name: /^name$/,
      backend: /^backend_id$/,
      clientTimeout: /^timeout_client$/,
      rateLimit: /^connection_rate_limit$/,
      accessLog: /^enable_access_logs$/,
    }),
  })
  expect(tried).toBeGreaterThan(5)
})

test('editing an ACL changes nothing of it or of the others that nobody touched', async () => {
  const backend = await ok<Backend>('POST', `${REGION}/lbs/${lbId}/backends`, {
    ...backendBody(),
    forward_protocol: 'http',
    sticky_sessions: 'none',
  })
  const frontend = await ok<Frontend>('POST', `${REGION}/lbs/${lbId}/frontends`, {
    name: 'acls',
    inbound_port: 81,
    backend_id: backend.id,
  })
  const path = `${REGION}/frontends/${frontend.id}/acls`
  type Listed = { own: Acl; others: Omit<Acl, 'frontend'>[] }
  const read = async (id: string): Promise<Listed> => {
    const { acls } = await ok<{ acls: Acl[] }>('GET', `${path}?page_size=100`)
    const own = acls.find((acl) => acl.id === id)
    if (!own) throw new Error(`There is no ACL ${id}`)
    const others = acls.filter((acl) => acl !== own)
    return { own, others: others.map(({ frontend: _, ...fields }) => fields) }
  }
  const MATCHES = [
    { http_filter: 'acl_http_filter_none' },
    {
      http_filter: 'http_header_match',
      http_filter_option: 'X-A',
      http_filter_value: [' a ', 'b'],
    },
    { http_filter: 'http_header_match', http_filter_option: 'X-B', http_filter_value: [] },
    { http_filter: 'regex', http_filter_value: ['^/a b ', '^/c'], http_filter_option: 'kept' },
    { http_filter: 'path_begin', http_filter_value: ['/x', '/y '] },
  ]
  const redirect = { type: 'location', target: 'https://www.example.com/', code: 308 }
  const tried = await tryForm<Listed, AclValues>({
    create: async () => {
      const { id } = await ok<Acl>('POST', path, {
        name: newName(),
        description: oneOf(TEXTS),
        // Several have the same one.
        index: below(3),
        action: oneOf([{ type: 'deny' }, { type: 'allow' }, { type: 'redirect', redirect }]),
        match: {
          ip_subnet: oneOf([[], ['0.0.0.0/0'], ['::/0'], ['10.0.0.0/8', '10.0.0.0/8']]),
          ips_edge_services: below(2) === 0,
          invert: below(2) === 0,
          ...oneOf(MATCHES),
        },
      })
      return read(id)
    },
    read: ({ own }) => read(own.id),
    values: ({ own }) => aclValues(specOf(own)),
    passes: (inputs, { own }) => AclSpec.safeParse(aclRequest(inputs, specOf(own))).success,
    save: (inputs, { own, others }) =>
      ok('PUT', path, {
        acls: [
          aclRequest(inputs, specOf(own)),
          ...others.map((acl) => specOf({ ...acl, frontend })),
        ],
      }),
    // An ACL with another name is another ACL to the API.
    fixed: /^name$/,
    stands: standsFor({
      action: /^own\.action/,
      redirectType: /^own\.action\.redirect\.type$/,
      target: /^own\.action\.redirect\.target$/,
      code: /^own\.action\.redirect\.code$/,
      sources: /^own\.match\.ip_subnet$/,
      // Without a filter there are no values.
      filter: /^own\.match\.http_filter/,
      header: /^own\.match\.http_filter_option$/,
      values: /^own\.match\.http_filter_value$/,
      invert: /^own\.match\.invert$/,
      description: /^own\.description$/,
    }),
  })
  expect(tried).toBeGreaterThan(20)
})

test('editing a route changes nothing that nobody touched', async () => {
  const backends: Backend[] = []
  for (let index = 0; index < 4; index++) {
    const body = { ...backendBody(), forward_protocol: 'http', sticky_sessions: 'none' }
    backends.push(await ok('POST', `${REGION}/lbs/${lbId}/backends`, body))
  }
  const frontend = await ok<Frontend>('POST', `${REGION}/lbs/${lbId}/frontends`, {
    name: 'routes',
    inbound_port: 82,
    backend_id: backends[0]?.id,
  })
  let number = 0
  const tried = await tryForm<Route, RouteValues>({
    create: () => {
      number += 1
      const host = { host_header: `WWW${number}.Example.com.`, match_subdomains: below(2) === 0 }
      const path = { path_begin: `/a%20b/${number}/` }
      const match = oneOf([host, path])
      const body = { frontend_id: frontend.id, backend_id: oneOf(backends).id, match }
      return ok('POST', `${REGION}/routes`, body)
    },
    read: ({ id }) => ok('GET', `${REGION}/routes/${id}`),
    values: routeValues,
    passes: (inputs, known) => UpdateRoute.safeParse(routeChange(inputs, known)).success,
    save: (inputs, known) => ok('PUT', `${REGION}/routes/${known.id}`, routeChange(inputs, known)),
    // Two routes of a frontend can't be for the same.
    fixed: /^(kind|value)$/,
    stands: standsFor({ subdomains: /^match\.match_subdomains$/, backend: /^backend_id$/ }),
  })
  expect(tried).toBeGreaterThan(3)
  expect(routeRequest({ kind: 'sni', value: 'a', subdomains: false, backend: 'b' }).match).toEqual({
    sni: 'a',
    match_subdomains: false,
  })
})

test('editing a subscriber changes nothing that nobody touched', async () => {
  const uris = ['https://example.com/a?b=%20c', 'https://Example.com', 'http://example.com:8080/x']
  const tried = await tryForm<Subscriber, SubscriberValues>({
    create: () =>
      ok('POST', `${REGION}/subscribers`, {
        name: newName(),
        webhook_config: { uri: oneOf(uris) },
      }),
    read: ({ id }) => ok('GET', `${REGION}/subscribers/${id}`),
    values: (known) => subscriberValues(known, 'fr-par'),
    passes: (inputs) => Object.keys(subscriberProblems(inputs)).length === 0,
    save: (inputs, known) =>
      ok('PUT', `${REGION}/subscribers/${known.id}`, subscriberChange(inputs, known)),
    stands: standsFor({ name: /^name$/, uri: /^webhook_config\.uri$/ }),
  })
  expect(tried).toBeGreaterThan(5)
})

test('editing an API token changes nothing that nobody touched', async () => {
  const { token } = await ok<{ token: string }>('POST', '/fairlead/v1/session', ADMIN, {})
  const session = { Authorization: `Bearer ${token}` }
  const networks = ['203.0.113.0/24', '2001:db8::/32', '10.0.0.1', '127.0.0.0/8']
  const tried = await tryForm<ApiToken, TokenValues>({
    create: () =>
      ok('POST', '/fairlead/v1/tokens', { name: newName(), networks: someOf(networks) }),
    read: async ({ access_key }) => {
      const { tokens } = await ok<{ tokens: ApiToken[] }>('GET', '/fairlead/v1/tokens')
      return tokens.find((one) => one.access_key === access_key) as ApiToken
    },
    values: tokenValues,
    passes: () => true,
    save: (inputs, known) =>
      ok('PATCH', `/fairlead/v1/tokens/${known.access_key}`, tokenChange(inputs, known), session),
    stands: standsFor({ name: /^name$/, networks: /^networks/ }),
  })
  expect(tried).toBeGreaterThan(5)
})

test('the name of a subscriber that another person changed is kept', async () => {
  const body = { name: 'old', webhook_config: { uri: 'https://example.com/a' } }
  const known = await ok<Subscriber>('POST', `${REGION}/subscribers`, body)
  await ok('PUT', `${REGION}/subscribers/${known.id}`, { name: 'new' })
  const inputs = { ...subscriberValues(known, 'fr-par'), uri: 'https://example.com/b' }
  await ok('PUT', `${REGION}/subscribers/${known.id}`, subscriberChange(inputs, known))
  expect(await ok('GET', `${REGION}/subscribers/${known.id}`)).toMatchObject({
    name: 'new',
    webhook_config: { uri: 'https://example.com/b' },
  })
})

/** What fills the inputs of a form that edits something. */
const FILLS = /^export function (\w+Values)\(\{?\s*\w/gm

test('every form that edits something is tried here', () => {
  const files = globSync('components/**/*-values.ts')
  const fills = files.flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(FILLS)].map(([, name]) => name as string),
  )
  const tried = [
    ...[aclValues, backendValues, frontendValues],
    ...[identityValues, routeValues, subscriberValues, tokenValues],
  ]
  expect(fills.filter((name) => name !== 'mergeValues').sort()).toEqual(
    tried.map(({ name }) => name).sort(),
  )
})

import { expect, test } from 'vitest'
import { matchErrors, requestOf, schemaErrors } from '#components/form/request-fields.ts'
import { CreateLb } from '#lib/core/create-lb.ts'
import { AUTOMATIC, CREATE_LB_FORM, type LbValues, newLb } from './lb-values.ts'
import { frontendRequest } from './rule-requests.ts'
import { newBackend, newFrontend } from './rule-values.ts'

function filled(): LbValues {
  const values = newLb('80')
  values.name = 'site'
  const [backend] = values.backends
  if (backend) backend.servers = '10.0.0.1\n10.0.0.2'
  return values
}

function edited(edit: (values: LbValues) => void): LbValues {
  const values = filled()
  edit(values)
  return values
}

const lbRequest = (values: LbValues) => requestOf(CREATE_LB_FORM.fields(values))

/** The messages of the invalid inputs. */
function messages(values: LbValues) {
  const { byInput, unmatched } = matchErrors(
    schemaErrors(CreateLb, lbRequest(values)),
    CREATE_LB_FORM.fields(values),
  )
  expect(unmatched).toEqual([])
  return Object.fromEntries(byInput)
}

test('a new load balancer lacks only its name and servers', () => {
  expect(messages(newLb('80'))).toEqual({ name: 'Load balancer name is required.' })
  expect(lbRequest(filled())).toMatchObject({
    name: 'site',
    description: '',
    tags: [],
    frontends: [{ name: 'frontend-1', protocol: 'http', inbound_port: 80, backend: 'backend-1' }],
    backends: [
      {
        name: 'backend-1',
        forward_protocol: 'http',
        forward_port: 80,
        server_ip: ['10.0.0.1', '10.0.0.2'],
        health_check: {
          port: 80,
          check_delay: 3000,
          check_timeout: 1000,
          check_max_retries: 3,
          tcp_config: {},
        },
      },
    ],
  })
})

type Backend = LbValues['backends'][number]
const backend = (change: Partial<Backend>) => (values: LbValues) =>
  Object.assign(values.backends[0] as Backend, change)
const check = (change: Partial<Backend['check']>) => (values: LbValues) =>
  Object.assign((values.backends[0] as Backend).check, change)
const frontend = (change: Partial<LbValues['frontends'][number]>) => (values: LbValues) =>
  Object.assign(values.frontends[0] as object, change)

const timeouts = (change: Partial<Backend['timeouts']>) => (values: LbValues) =>
  Object.assign((values.backends[0] as Backend).timeouts, change)
const tcpCookie = (values: LbValues) => {
  backend({ protocol: 'tcp', sticky: 'cookie', cookie: 'srv' })(values)
  frontend({ protocol: 'tcp' })(values)
}

test.each<[string, (values: LbValues) => void, string, RegExp]>([
  [
    'a wrong server',
    backend({ servers: '10.0.0.1\n\n10.0.0' }),
    'backends.0.servers',
    /^Line 3: Enter a valid IP/,
  ],
  [
    'a repeated server',
    backend({ servers: '10.0.0.1\n10.0.0.1' }),
    'backends.0.servers',
    /^Line 2: .*already/,
  ],
  ['a missing port, once', backend({ port: '' }), 'backends.0.port', /^Port is required/],
  ['a port that is no number', frontend({ port: '8o' }), 'frontends.0.port', /whole number/],
  [
    'a nameless backend, not its frontend',
    backend({ name: ' ' }),
    'backends.0.name',
    /is required/,
  ],
  ['no backend chosen', frontend({ backend: '' }), 'frontends.0.backend', /^Backend is required/],
  ['protocols that differ', frontend({ protocol: 'tcp' }), 'frontends.0.protocol', /speaks HTTP/],
  ['a check path', check({ kind: 'http', uri: 'health' }), 'backends.0.check.uri', /begin with/],
  ['a check user', check({ kind: 'mysql', user: '' }), 'backends.0.check.user', /User is required/],
  ['a check host', check({ kind: 'https', host: 'a b' }), 'backends.0.check.host', /^Host can't/],
  [
    'an invalid check URL',
    check({ kind: 'http', uri: 'http://<server>/health' }),
    'backends.0.check.uri',
    /begin with/,
  ],
  [
    'a check host with line ends to be',
    check({ kind: 'http', host: 'x\u010d\u010aX-Injected:yes' }),
    'backends.0.check.host',
    /^Host must be/,
  ],
  [
    'a server name with a port',
    check({ kind: 'https', sni: 'a.test:443' }),
    'backends.0.check.sni',
    /without a port/,
  ],
  ['a transient delay', check({ transientDelay: 'x' }), 'backends.0.check.transientDelay', /0.5s/],
  ['a cookie with TCP', tcpCookie, 'backends.0.sticky', /need protocol HTTP/],
  ['a nameless cookie', backend({ sticky: 'cookie' }), 'backends.0.cookie', /is required/],
  ['a timeout', timeouts({ queue: 'long' }), 'backends.0.timeouts.queue', /^Queue timeout/],
  ['a connection limit', backend({ maxConnections: 'x' }), 'backends.0.maxConnections', /whole/],
  ['a client timeout', frontend({ clientTimeout: '1.5' }), 'frontends.0.clientTimeout', /^Client/],
  ['a rate limit', frontend({ rateLimit: '1.5' }), 'frontends.0.rateLimit', /^Connection rate/],
  ['a check delay', check({ delay: '5' }), 'backends.0.check.delay', /^Check delay/],
  ['check retries', check({ retries: '' }), 'backends.0.check.retries', /^Check retries/],
  ['a check port', check({ port: '0' }), 'backends.0.check.port', /^Health check port/],
  [
    'a long tag',
    (values) => {
      values.tags = 'x'.repeat(200)
    },
    'tags',
    /^A tag can have/,
  ],
])('%s is shown at its input', (_name, edit, input, message) => {
  expect(messages(edited(edit))).toEqual({ [input]: expect.stringMatching(message) })
})

test('two frontends on one port and two backends with one name are errors', () => {
  const values = edited(({ frontends, backends }) => {
    frontends.push(newFrontend(frontends, { value: 'backend-1', protocol: 'http' }, '80'))
    backends.push({ ...newBackend(backends), name: 'backend-1' })
  })
  expect(Object.keys(messages(values)).sort()).toEqual(['backends.1.name', 'frontends.1.port'])
})

test('options of another kind of check are not sent', () => {
  const wrongButHidden = edited(check({ kind: 'tcp', uri: 'nonsense' }))
  expect(messages(wrongButHidden)).toEqual({})
  const http = edited(check({ kind: 'http', uri: '/up', code: '204' }))
  expect(lbRequest(http).backends?.[0]?.health_check).toMatchObject({
    http_config: { uri: '/up', code: 204 },
  })
})

test('a conserved address is sent, and frontends follow a renamed backend', () => {
  const values = edited((lb) => {
    lb.ip = 'ip-id'
    backend({ name: 'renamed' })(lb)
  })
  const request = lbRequest(values)
  expect([request.ip_id, request.frontends?.[0]?.backend]).toEqual(['ip-id', 'renamed'])
  expect(lbRequest({ ...values, ip: AUTOMATIC }).ip_id).toBeUndefined()
})

test('a single frontend names its backend by ID', () => {
  const values = newFrontend([{ name: 'frontend-1' }], { value: 'some-id', protocol: 'tcp' }, '443')
  expect(frontendRequest(values)).toMatchObject({
    name: 'frontend-2',
    protocol: 'tcp',
    inbound_port: 443,
    backend_id: 'some-id',
  })
})

test('the failover host and nocache are sent only where they have an effect', () => {
  const sent = (change: Partial<Backend>) => lbRequest(edited(backend(change))).backends?.[0]
  const sorry = { failoverHost: ' sorry.example.com ', nocache: false }
  expect(sent({ ...sorry, sticky: 'cookie', cookie: 'srv' })).toMatchObject({
    failover_host: 'sorry.example.com',
    sticky_sessions_nocache: false,
  })
  expect(sent({ ...sorry, protocol: 'tcp' })?.failover_host).toBeNull()
  expect('sticky_sessions_nocache' in (sent(sorry) ?? {})).toBe(false)
  expect(messages(edited(backend({ failoverHost: 'a b' })))).toEqual({
    'backends.0.failoverHost':
      'Failover host must be a host name, without a port. For example: sorry.example.com',
  })
})

test('the host for servers is sent where HTTP or TLS can use it', () => {
  const sent = (change: Partial<Backend>) => lbRequest(edited(backend(change))).backends?.[0]?.host
  expect(sent({ serverHost: 'app.example.com' })).toBe('app.example.com')
  expect(sent({ serverHost: '' })).toBe('')
  expect(sent({ serverHost: 'app.example.com', protocol: 'tcp' })).toBe('')
  expect(sent({ serverHost: 'app.example.com', protocol: 'tcp', tls: true })).toBe(
    'app.example.com',
  )
  expect(messages(edited(backend({ serverHost: 'a b' })))).toEqual({
    'backends.0.serverHost': "Host can't contain spaces or line breaks.",
  })
})

test('errors of the API are matched with inputs; those without an input are left over', () => {
  const values = edited((lb) => {
    lb.ip = 'ip-id'
  })
  const errors = [
    { field: 'backends.0.server_ip.1', message: 'Not allowed.' },
    { field: 'ip_id', message: 'It is attached.' },
    { field: 'project_id', message: 'No such project.' },
  ]
  const { byInput, unmatched } = matchErrors(errors, CREATE_LB_FORM.fields(values))
  expect([...byInput]).toEqual([
    ['backends.0.servers', 'Line 2: Not allowed.'],
    ['ip', 'It is attached.'],
  ])
  expect(unmatched).toEqual(['No such project.'])
})

import { describe, expect, test } from 'vitest'
import { CreateBackend, cookieNameProblems, EditedBackend, EffectiveBackend } from './backend.ts'

const backend = (changes: object) => ({
  name: 'web',
  forward_protocol: 'http',
  forward_port: 80,
  health_check: { port: 80, check_max_retries: 3, tcp_config: {} },
  sticky_sessions: 'cookie',
  sticky_sessions_cookie_name: 'srv',
  ...changes,
})
const messages = (schema: typeof CreateBackend | typeof EditedBackend, changes: object) =>
  (schema.safeParse(backend(changes)).error?.issues ?? []).map(
    ({ path, message }) => `${path.join('.')}: ${message}`,
  )

describe('the sticky cookie’s name', () => {
  test.each([
    'srv',
    'SERVERID',
    "a!#$%&'*+-.^_`|~9",
    '__host',
    '_Host-a',
    'x__Host-a',
    'a'.repeat(128),
  ])('browsers accept %s', (name) => {
    expect(messages(CreateBackend, { sticky_sessions_cookie_name: name })).toEqual([])
  })

  test.each([
    '__Host-srv',
    '__Secure-srv',
    '__HOST-',
    '__secure-x',
    ' __Host-a ',
    '__Http-x',
    '__Host-Http-x',
  ])('browsers reject %s over HTTP', (name) => {
    expect(messages(CreateBackend, { sticky_sessions_cookie_name: name })).toEqual([
      expect.stringMatching(/^sticky_sessions_cookie_name: Cookie name can't begin with __\w+-: /),
    ])
    // Only the server knows the name that the backend had before.
    expect(messages(EditedBackend, { sticky_sessions_cookie_name: name })).toEqual([])
  })

  test.each([
    ['', /is required/],
    [' ', /is required/],
    ['a b', /can't contain/],
    ['a;b', /can't contain/],
    ['a=b', /can't contain/],
    ['a\u0000', /can't contain/],
    ['ä', /can't contain/],
    ['a'.repeat(129), /at most 128/],
  ])('%j is not a cookie name', (name, message) => {
    const [problem, ...more] = messages(CreateBackend, { sticky_sessions_cookie_name: name })
    expect(problem).toMatch(message)
    expect(more).toEqual([])
  })

  test('counts where there is a sticky cookie, and where it is new', () => {
    const named = { sticky_sessions_cookie_name: '__Host-srv' }
    expect(messages(CreateBackend, { ...named, sticky_sessions: 'table' })).toEqual([])
    const cookie = { ...named, sticky_sessions: 'cookie' } as const
    expect(cookieNameProblems(cookie, cookie)).toEqual([])
    expect(cookieNameProblems(cookie, { ...cookie, sticky_sessions: 'none' })).toHaveLength(1)
    const renamed = { ...cookie, sticky_sessions_cookie_name: '__Host-other' }
    expect(cookieNameProblems(renamed, cookie)).toHaveLength(1)
  })
})

test('a failover host is for HTTP', () => {
  const sorry = { failover_host: 'sorry.example.com', sticky_sessions: 'none' }
  expect(messages(EffectiveBackend, sorry)).toEqual([])
  const tcp = { ...sorry, forward_protocol: 'tcp' }
  expect(messages(EffectiveBackend, tcp)).toEqual([
    "failover_host: Failover host needs protocol HTTP: TCP clients can't be redirected.",
  ])
  expect(messages(EffectiveBackend, { ...tcp, failover_host: '' })).toEqual([])
  // The real API accepts it.
  expect(messages(CreateBackend, tcp)).toEqual([])
})

test.each([
  'sorry.example.com',
  'SORRY.example.com.',
  'sorry_page.example.com',
  'bücher.example',
  '203.0.113.7',
  '[2001:db8::1]',
  '',
])('%j can be a failover host', (failover_host) => {
  expect(messages(CreateBackend, { failover_host })).toEqual([])
})

test.each([
  ...[
    '-',
    '.',
    '..',
    'a..b',
    '.a',
    'a-',
    '-a',
    'a b',
    'a:80',
    'a/b',
    'a\r\nX: y',
    '\u2028',
    '\ud800',
  ],
  'a'.repeat(64),
])('%j is not a failover host', (failover_host) => {
  expect(messages(CreateBackend, { failover_host })).toEqual([
    'failover_host: Failover host must be a host name, without a port. For example: sorry.example.com',
  ])
})

test('a host for servers needs HTTP, or TLS to the servers', () => {
  const host = { host: 'app.example.com:8443', sticky_sessions: 'none' }
  expect(messages(EffectiveBackend, host)).toEqual([])
  const tcp = { ...host, forward_protocol: 'tcp' }
  const needs = 'host: Host needs protocol HTTP, or TLS to the servers (ssl_bridging).'
  expect(messages(EffectiveBackend, tcp)).toEqual([needs])
  expect(messages(EffectiveBackend, { ...tcp, ssl_bridging: true })).toEqual([])
  expect(messages(EffectiveBackend, { ...tcp, host: '' })).toEqual([])
  // Whether an existing backend speaks TLS with its servers is not in the request.
  expect(messages(EditedBackend, tcp)).toEqual([])
  // The real API accepts it.
  expect(messages(CreateBackend, tcp)).toEqual([])
})

test.each([
  'a b',
  'a/b',
  'a:b',
  'a:99999',
  'https://a',
  'a\r\nX: y',
  'a,b',
  'a\u2028b',
  'a'.repeat(256),
])('%j is not a host for servers', (host) => {
  expect(messages(CreateBackend, { host })).toEqual([expect.stringMatching(/^host: Host /)])
})

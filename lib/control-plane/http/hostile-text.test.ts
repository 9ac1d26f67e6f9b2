import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { bodyOf, contentOf, furnish, type Ids } from '#lib/testing/control-plane/furnished.ts'
import {
  type RunningControlPlane,
  runControlPlane,
} from '#lib/testing/control-plane/running-control-plane.ts'
import { makeCertificate } from '#lib/testing/make-certificate.ts'

// Text that ends a line or a quoted string must not reach a protocol or a program in which it would.

const { key, certificate } = makeCertificate()
const REGION = '/lb/v1/regions/fr-par'

let controlPlane: RunningControlPlane
let ids: Ids

beforeAll(async () => {
  controlPlane = await runControlPlane()
  ids = await furnish(controlPlane, key + certificate)
})
afterAll(() => controlPlane.stop())

const LINES = ['a\r\nX-Injected: 1', 'a\nb', 'a\rb', 'a\0b']
const QUOTED = ['a"b', "a'b", 'a;b', 'a b', '{{host}}', '../../etc']

type Field = [name: string, method: string, path: string, body: (text: string) => object]

const check = (changes: object) => ({ ...bodyOf('/backends/{id}/healthcheck', ids), ...changes })
const http = (changes: object) =>
  check({ http_config: { uri: '/', method: 'GET', code: 200, host_header: '', ...changes } })
const acl = (changes: object) => ({ ...bodyOf('/acls/{id}', ids), ...changes })
const redirect = (target: string) =>
  acl({ action: { type: 'redirect', redirect: { type: 'location', target, code: 301 } } })
const header = (name: string) =>
  acl({
    match: {
      ...{ ip_subnet: [], http_filter: 'http_header_match', http_filter_option: name },
      ...{ http_filter_value: ['x'], invert: false },
    },
  })

/** Fields that are sent to servers, or are code of another program. */
const ON_THE_WIRE: Field[] = [
  [
    'cookie name',
    'PUT',
    '/backends/{id}',
    (text) => ({
      ...bodyOf('/backends/{id}', ids),
      sticky_sessions: 'cookie',
      sticky_sessions_cookie_name: text,
    }),
  ],
  [
    'host for servers',
    'PUT',
    '/backends/{id}',
    (text) => ({ ...bodyOf('/backends/{id}', ids), host: text }),
  ],
  ['check URI', 'PUT', '/backends/{id}/healthcheck', (text) => http({ uri: `/${text}` })],
  ['check method', 'PUT', '/backends/{id}/healthcheck', (text) => http({ method: text })],
  ['check host', 'PUT', '/backends/{id}/healthcheck', (text) => http({ host_header: text })],
  [
    'check user',
    'PUT',
    '/backends/{id}/healthcheck',
    (text) => check({ pgsql_config: { user: text } }),
  ],
  ['server', 'PUT', '/backends/{id}/servers', (text) => ({ server_ip: [text] })],
  ['redirect', 'PUT', '/acls/{id}', (text) => redirect(`https://a.example/${text}`)],
  ['header name', 'PUT', '/acls/{id}', header],
  [
    'host of a route',
    'PUT',
    '/routes/{id}',
    (text) => ({ backend_id: ids.backends, match: { host_header: text } }),
  ],
  [
    'webhook',
    'PUT',
    '/subscribers/{id}',
    (text) => ({ name: 'x', webhook_config: { uri: `https://${text}` } }),
  ],
  [
    'email',
    'PUT',
    '/subscribers/{id}',
    (text) => ({ name: 'x', email_config: { email: `${text}@a.example` } }),
  ],
  ['reverse of an IP', 'PATCH', '/ips/{id}', (text) => ({ reverse: text })],
]

/** Fields that are shown and logged. */
const NAMES: Field[] = [
  ['load balancer', 'PUT', '/lbs/{id}', (name) => ({ name, description: '' })],
  ['backend', 'PUT', '/backends/{id}', (name) => ({ ...bodyOf('/backends/{id}', ids), name })],
  ['frontend', 'PUT', '/frontends/{id}', (name) => ({ ...bodyOf('/frontends/{id}', ids), name })],
  ['ACL', 'PUT', '/acls/{id}', (name) => acl({ name })],
  ['certificate', 'PUT', '/certificates/{id}', (name) => ({ name })],
]

const send = (method: string, path: string, body: object) => {
  const [, kind] = path.split('/')
  return controlPlane.call(method, REGION + path.replace('{id}', ids[kind ?? ''] ?? ''), body)
}

describe('a line break', () => {
  test.each([...ON_THE_WIRE, ...NAMES])(
    'in a %s is refused in words, and nothing changes',
    async (_, method, path, body) => {
      const before = await contentOf(controlPlane)
      for (const text of LINES) {
        const answer = await send(method, path, body(text))
        expect([text, answer.status]).toEqual([text, 400])
        expect(answer.body.details[0].help_message).toMatch(/^[A-Z].* /)
        // The error doesn't repeat it.
        expect(JSON.stringify(answer.body)).not.toContain('\\r\\n')
      }
      expect(await contentOf(controlPlane)).toBe(before)
    },
  )
})

test.each(NAMES)(
  'other characters in the name of a %s are stored unchanged',
  async (_, method, path, body) => {
    for (const text of QUOTED) {
      const answer = await send(method, path, body(text))
      expect([answer.status, answer.body.name]).toEqual([200, text])
    }
  },
)

test.each(['a"b', 'a b', 'a;b', 'a=b', 'a,b', 'é'])(
  'the cookie name %s is refused',
  async (name) => {
    const [, method, path, body] = ON_THE_WIRE[0] as Field
    expect((await send(method, path, body(name))).status).toBe(400)
  },
)

import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  type RunningControlPlane,
  runControlPlane,
  SECRET_KEY,
} from '#lib/testing/control-plane/running-control-plane.ts'

let controlPlane: RunningControlPlane

beforeAll(async () => {
  controlPlane = await runControlPlane()
})
afterAll(() => controlPlane.stop())

const UNKNOWN = '00000000-0000-4000-8000-000000000000'

describe('authentication', () => {
  const headerSets: [string, Record<string, string>][] = [
    ['nothing', {}],
    ['an empty token', { 'X-Auth-Token': '' }],
    ['another secret key', { 'X-Auth-Token': UNKNOWN }],
    ['the access key', { 'X-Auth-Token': 'SCWTESTTESTTESTTEST1' }],
    ['a session that is none', { Authorization: 'Bearer abcdefghijklmnopqrstuvwxyz' }],
    ['the secret key as a session', { Authorization: `Bearer ${SECRET_KEY}` }],
    ['the node secret', { Authorization: 'Bearer node-secret' }],
    ["the console's secret", { 'X-Fairlead-Bff-Secret': 'bff-secret' }],
  ]
  const paths = [
    '/lb/v1/regions/fr-par/lbs',
    `/lb/v1/zones/fr-par-1/lbs/${UNKNOWN}`,
    '/fairlead/v1/lbs',
    '/fairlead/v1/ips',
    '/fairlead/v1/openapi.json',
    '/nothing/here',
  ]
  test.each(headerSets)('%s is refused', async (_case, headers) => {
    for (const path of paths) {
      const { status, body } = await controlPlane.call('GET', path, undefined, headers)
      expect([path, status, body.type]).toEqual([path, 401, 'denied_authentication'])
    }
  })

  test('a key in the URL is ignored', async () => {
    const path = `/lb/v1/regions/fr-par/lbs?token=${SECRET_KEY}&X-Auth-Token=${SECRET_KEY}`
    expect((await controlPlane.call('GET', path, undefined, {})).status).toBe(401)
  })

  test('the secret key is accepted in any case', async () => {
    const headers = { 'X-Auth-Token': SECRET_KEY.toUpperCase() }
    const { status } = await controlPlane.call('GET', paths[0] as string, undefined, headers)
    expect(status).toBe(200)
  })

  test('the health check is public', async () => {
    const { status, body } = await controlPlane.call('GET', '/healthz', undefined, {})
    expect([status, body]).toEqual([200, { status: 'ok' }])
  })
})

describe('invalid requests', () => {
  const lbs = '/lb/v1/regions/fr-par/lbs'
  const json = { 'X-Auth-Token': SECRET_KEY }
  const text = { ...json, 'Content-Type': 'text/plain' }
  test.each([
    ['JSON that is none', 'POST', lbs, '{"name":', json, 400, 'The body is not valid JSON.'],
    ['another content type', 'POST', lbs, '{"name":"x"}', text, 415, 'The body must be JSON'],
    ['too large a body', 'POST', lbs, `{"name":"${'x'.repeat(1 << 20)}"}`, json, 413, '1 MiB'],
    [
      'an unknown path',
      'GET',
      '/lb/v1/regions/fr-par/nope',
      undefined,
      json,
      404,
      'nothing at this',
    ],
    ['another method', 'PATCH', lbs, '{}', json, 405, 'This address supports GET, POST only.'],
    [
      'no such region',
      'GET',
      '/lb/v1/regions/xx-xxx/lbs',
      undefined,
      json,
      400,
      'invalid argument',
    ],
    ['no such zone', 'GET', '/lb/v1/zones/fr-par-9/lbs', undefined, json, 400, 'invalid argument'],
    ['a page that is none', 'GET', `${lbs}?page=x`, undefined, json, 400, 'invalid argument'],
    ['too large a page', 'GET', `${lbs}?page_size=101`, undefined, json, 400, 'invalid argument'],
    ['an unknown order', 'GET', `${lbs}?order_by=x`, undefined, json, 400, 'invalid argument'],
    ['a list for an object', 'POST', lbs, '[]', json, 400, 'invalid argument'],
    ['nothing for an object', 'POST', lbs, '', json, 400, 'invalid argument'],
  ])('%s', async (_case, method, path, body, headers, status, words) => {
    const answered = await controlPlane.call(method, path, body, headers)
    expect(answered.status).toBe(status)
    expect(answered.body.message).toContain(words)
    expect(answered.headers.get('content-type')).toBe('application/json')
  })

  test('a streamed body that becomes too large is refused', async () => {
    const { hostname, port } = new URL(controlPlane.url)
    const socket = connect(Number(port), hostname)
    socket.write(
      `POST ${lbs} HTTP/1.1\r\nHost: localhost\r\nX-Auth-Token: ${SECRET_KEY}\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n`,
    )
    const chunk = `${(1 << 16).toString(16)}\r\n${' '.repeat(1 << 16)}\r\n`
    for (let sent = 0; sent < 17; sent++) socket.write(chunk)
    socket.write('0\r\n\r\n')
    const [head] = await new Promise<[Buffer]>((resolve, reject) => {
      socket.once('data', (data) => resolve([data]))
      socket.once('error', reject)
    })
    socket.destroy()
    expect(head.toString()).toMatch(/^HTTP\/1\.1 413 /)
  })

  test("read-only fields in a body don't change", async () => {
    const sneaky =
      '{"name":"x","id":"1","status":"ready","generation":9,"__proto__":{"polluted":true},"assign_flexible_ip":false}'
    const { body } = await controlPlane.call('POST', lbs, sneaky)
    expect(body).toMatchObject({ name: 'x', status: 'to_create' })
    expect(body.id).toMatch(/^[0-9a-f-]{36}$/)
    expect('polluted' in {}).toBe(false)
  })
})

test('every response has the standard headers', async () => {
  const created = await controlPlane.call('POST', '/lb/v1/regions/fr-par/ips', {})
  const answers = [
    created,
    await controlPlane.call('GET', '/healthz'),
    await controlPlane.call('GET', '/nope', undefined, {}),
    await controlPlane.call('DELETE', `/lb/v1/regions/fr-par/ips/${created.body.id}`),
  ]
  for (const { headers } of answers) {
    expect(Object.fromEntries(headers)).toMatchObject({
      'cache-control': 'no-store',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      'content-type': 'application/json',
      'strict-transport-security': 'max-age=63072000',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'x-request-id': expect.stringMatching(/^[0-9a-f-]{36}$/),
    })
    expect(headers.has('access-control-allow-origin')).toBe(false)
  }
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 401, 204])
  expect(answers[3]?.headers.has('content-length')).toBe(false)
})

test('no call of the API works without credentials', async () => {
  const { body } = await controlPlane.call('GET', '/fairlead/v1/openapi.json')
  const calls = Object.entries<object>(body.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => [method.toUpperCase(), path] as const),
  )
  expect(calls.length).toBeGreaterThan(50)
  for (const [method, path] of calls) {
    const real = path.replace('{region}', 'fr-par').replace('{zone}', 'fr-par-1')
    const { status } = await controlPlane.call(method, real.replace('{id}', UNKNOWN), undefined, {})
    expect([method, path, status]).toEqual([method, path, 401])
  }
})

test('the OpenAPI document has every call by region and by zone', async () => {
  const { body } = await controlPlane.call('GET', '/fairlead/v1/openapi.json')
  const paths = Object.keys(body.paths)
  const under = (base: string) =>
    paths.flatMap((path) => (path.startsWith(base) ? [path.slice(base.length)] : []))
  expect(under('/lb/v1/zones/{zone}')).toEqual(under('/lb/v1/regions/{region}'))
  expect(under('/lb/v1/zones/{zone}')).toContain('/backends/{id}/healthcheck')
  const create = body.paths['/lb/v1/zones/{zone}/lbs'].post
  expect(create.requestBody.content['application/json'].schema.required).toContain('name')
})

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  backendInput,
  type RunningControlPlane,
  runControlPlane,
  SECRET_KEY,
} from '#lib/testing/control-plane/running-control-plane.ts'

const PARIS = '/lb/v1/regions/fr-par'
const UNKNOWN = '00000000-0000-4000-8000-000000000000'

let controlPlane: RunningControlPlane
// biome-ignore lint/suspicious/noExplicitAny: a response body.
let lb: any
// biome-ignore lint/suspicious/noExplicitAny: a response body.
let backend: any
// biome-ignore lint/suspicious/noExplicitAny: a response body.
let frontend: any

beforeAll(async () => {
  controlPlane = await runControlPlane()
})
afterAll(() => controlPlane.stop())

const call = (method: string, path: string, body?: unknown, headers: object = {}) =>
  controlPlane.call(method, PARIS + path, body, { 'X-Auth-Token': SECRET_KEY, ...headers })

beforeEach(async () => {
  lb = (await call('POST', '/lbs', { name: 'lb' })).body
  backend = (await call('POST', `/lbs/${lb.id}/backends`, backendInput())).body
  const input = { name: 'http', inbound_port: 80, backend_id: backend.id }
  frontend = (await call('POST', `/lbs/${lb.id}/frontends`, input)).body
})

const invalidFields = (body: { details: { argument_name: string }[] }) =>
  body.details.map(({ argument_name }) => argument_name)

describe('backends', () => {
  test('an update keeps omitted fields, including the servers and the health check', async () => {
    const input = { name: 'renamed', forward_protocol: 'tcp', forward_port: 81, max_retries: 0 }
    const { body } = await call('PUT', `/backends/${backend.id}`, input)
    expect(body).toMatchObject({ ...input, pool: backend.pool, health_check: backend.health_check })
    const {
      updated_at,
      lb: _lb,
      ...rest
    } = (
      await call('PUT', `/backends/${backend.id}`, {
        name: 'renamed',
        forward_protocol: 'tcp',
        forward_port: 81,
        timeout_server: null,
      })
    ).body
    expect(body).toMatchObject(rest)
    expect(updated_at > body.updated_at).toBe(true)
  })

  test.each([
    [{ forward_port: 70000 }, ['forward_port']],
    [{ name: '' }, ['name']],
    [{ sticky_sessions: 'cookie' }, ['sticky_sessions_cookie_name']],
    [{ max_connections: -1 }, ['max_connections']],
    [{ timeout_server: 'soon' }, ['timeout_server']],
    [{ max_connections: 2_147_483_648 }, ['max_connections']],
    [
      { timeout_server: 2_147_483_648, timeout_queue: '2147483.648s' },
      ['timeout_server', 'timeout_queue'],
    ],
  ])('an update with %j is refused', async (changes, fields) => {
    const input = { name: 'web', forward_protocol: 'http', forward_port: 80, ...changes }
    const { status, body } = await call('PUT', `/backends/${backend.id}`, input)
    expect([status, invalidFields(body)]).toEqual([400, fields])
  })

  test.each([
    ['the smallest', 0, '0s'],
    ['the largest', 2_147_483_647, '2147483.647s'],
  ])(
    '%s values that Terraform may send are accepted and returned unchanged',
    async (_size, number, duration) => {
      const input = {
        timeout_server: number,
        timeout_connect: number,
        timeout_tunnel: number,
        timeout_queue: duration,
        max_retries: number,
        redispatch_attempt_count: number,
        max_connections: number,
      }
      const put = { name: 'web', forward_protocol: 'http', forward_port: 80, ...input }
      expect((await call('PUT', `/backends/${backend.id}`, put)).body).toMatchObject(input)
      const check = {
        port: 80,
        check_delay: number,
        check_timeout: number,
        transient_check_delay: duration,
        check_max_retries: number || 1,
      }
      const response = await call('PUT', `/backends/${backend.id}/healthcheck`, check)
      expect(response.body).toMatchObject(check)
    },
  )

  test('servers are replaced, added and removed', async () => {
    const servers = async (method: string, server_ip: string[]) =>
      (await call(method, `/backends/${backend.id}/servers`, { server_ip })).body.pool
    expect(await servers('PUT', ['10.0.0.2', '10.0.0.1'])).toEqual(['10.0.0.2', '10.0.0.1'])
    expect(await servers('POST', ['10.0.0.1', '2001:DB8::1'])).toEqual([
      '10.0.0.2',
      '10.0.0.1',
      '2001:db8::1',
    ])
    expect(await servers('DELETE', ['10.0.0.2', '10.9.9.9'])).toEqual(['10.0.0.1', '2001:db8::1'])
    expect(await servers('PUT', [])).toEqual([])
  })

  test.each([
    ['PUT', { server_ip: ['10.0.0.1', '10.0.0.1'] }, ['server_ip.1']],
    ['POST', { server_ip: [] }, ['server_ip']],
    ['POST', { server_ip: ['10.0.0.256'] }, ['server_ip.0']],
    ['DELETE', {}, ['server_ip']],
  ])('%s servers %j is refused', async (method, input, fields) => {
    const { status, body } = await call(method, `/backends/${backend.id}/servers`, input)
    expect([status, invalidFields(body)]).toEqual([400, fields])
  })

  test('a backend has at most a thousand servers', async () => {
    const many = Array.from({ length: 1000 }, (_, i) => `10.1.${i >> 8}.${i & 255}`)
    const path = `/backends/${backend.id}/servers`
    expect((await call('PUT', path, { server_ip: many })).body.pool).toHaveLength(1000)
    expect((await call('POST', path, { server_ip: ['10.2.0.1'] })).status).toBe(400)
  })

  test('PUT on the health check replaces it and returns it without the backend', async () => {
    const path = `/backends/${backend.id}/healthcheck`
    const http_config = { uri: '/up', method: 'get', code: 204, host_header: 'a.example' }
    const { body } = await call('PUT', path, { port: 80, check_max_retries: 1, http_config })
    expect(body.http_config).toEqual({ ...http_config, method: 'GET' })
    expect('tcp_config' in body).toBe(false)
    expect((await call('GET', `/backends/${backend.id}`)).body.health_check).toEqual(body)
    const empty = await call('PUT', path, {})
    expect(invalidFields(empty.body)).toEqual(['port', 'check_max_retries'])
    const two = { port: 80, check_max_retries: 1, http_config, tcp_config: {} }
    expect((await call('PUT', path, two)).status).toBe(400)
  })

  test("a backend that a frontend uses can't be deleted", async () => {
    const { status, body } = await call('DELETE', `/backends/${backend.id}`)
    expect([status, body.type, body.precondition]).toEqual([
      412,
      'precondition_failed',
      'resource_still_in_use',
    ])
    expect(body.help_message).toBe(
      'The backend is used by frontend "http". Delete or change it first.',
    )
    expect((await call('DELETE', `/frontends/${frontend.id}`)).status).toBe(204)
    expect((await call('DELETE', `/backends/${backend.id}`)).status).toBe(204)
    expect((await call('GET', `/lbs/${lb.id}`)).body).toMatchObject({
      backend_count: 0,
      frontend_count: 0,
    })
  })
})

describe('frontends', () => {
  test('an update keeps omitted fields', async () => {
    const base = { name: 'http', backend_id: backend.id, inbound_port: 80 }
    await call('PUT', `/frontends/${frontend.id}`, { ...base, timeout_client: 5000 })
    const { body } = await call('PUT', `/frontends/${frontend.id}`, { ...base, inbound_port: 8080 })
    expect(body).toMatchObject({ inbound_port: 8080, timeout_client: 5000 })
  })

  test.each([
    ['a port that is taken', { inbound_port: 80 }, ['inbound_port']],
    ['an unknown backend', { backend_id: UNKNOWN }, ['backend_id']],
    ['no backend', { backend_id: undefined }, ['backend_id']],
    ["a protocol other than its backend's", { protocol: 'tcp' }, ['protocol']],
    ['TLS', { certificate_ids: [UNKNOWN] }, ['certificate_ids']],
    ['several errors', { inbound_port: 80, backend_id: UNKNOWN }, ['backend_id', 'inbound_port']],
  ])('a new frontend with %s is refused', async (_case, changes, fields) => {
    const input = { name: 'x', inbound_port: 81, backend_id: backend.id, ...changes }
    const { status, body } = await call('POST', `/lbs/${lb.id}/frontends`, input)
    expect([status, invalidFields(body)]).toEqual([400, fields])
  })

  test("another load balancer's backend is refused", async () => {
    const other = (await call('POST', '/lbs', { name: 'other' })).body
    const input = { name: 'x', inbound_port: 80, backend_id: backend.id }
    const { body } = await call('POST', `/lbs/${other.id}/frontends`, input)
    expect(invalidFields(body)).toEqual(['backend_id'])
  })

  test("a frontend can keep its port, but not take another frontend's", async () => {
    const input = { name: 'x', inbound_port: 81, backend_id: backend.id }
    const second = (await call('POST', `/lbs/${lb.id}/frontends`, input)).body
    const path = `/frontends/${second.id}`
    expect((await call('PUT', path, { ...input, name: 'y' })).status).toBe(200)
    const taken = await call('PUT', path, { ...input, inbound_port: 80 })
    expect(taken.body.details[0].help_message).toBe('Port 80 is already used by frontend "http".')
  })
})

describe('frontends and backends', () => {
  test('are filtered by name and ordered', async () => {
    await call('POST', `/lbs/${lb.id}/backends`, backendInput({ name: 'api' }))
    const names = async (path: string) => {
      const { body } = await call('GET', `/lbs/${lb.id}/${path}`)
      return (body.backends ?? body.frontends).map((one: { name: string }) => one.name)
    }
    expect(await names('backends')).toEqual(['web', 'api'])
    expect(await names('backends?order_by=name_asc')).toEqual(['api', 'web'])
    expect(await names('backends?name=ap')).toEqual(['api'])
    expect(await names('frontends')).toEqual(['http'])
    expect(await names('frontends?name=nope')).toEqual([])
  })

  test('are not found (404) outside their region and zone', async () => {
    const input = { name: 'x', forward_protocol: 'http', forward_port: 80 }
    const cases = [
      ['GET', 'backends', undefined],
      ['PUT', 'backends', input],
      ['DELETE', 'backends', undefined],
      ['GET', 'frontends', undefined],
      ['PUT', 'frontends', { name: 'x', inbound_port: 80, backend_id: backend.id }],
      ['DELETE', 'frontends', undefined],
    ] as const
    for (const [method, kind, body] of cases) {
      const there = kind === 'backends' ? backend.id : frontend.id
      for (const path of [
        `${PARIS}/${kind}/${UNKNOWN}`,
        `/lb/v1/regions/nl-ams/${kind}/${there}`,
        `/lb/v1/zones/fr-par-2/${kind}/${there}`,
      ]) {
        const response = await controlPlane.call(method, path, body)
        const message = `${kind.slice(0, -1)} not Found`
        expect([method, path, response.status, response.body]).toEqual([
          method,
          path,
          404,
          { message },
        ])
      }
    }
    const lists = await call('GET', `/lbs/${UNKNOWN}/backends`)
    expect(lists.body).toEqual({ message: 'lbs not Found' })
  })

  test('each resource has its own ETag for If-Match', async () => {
    const path = `/backends/${backend.id}`
    const etag = (await call('GET', path)).headers.get('etag') as string
    const servers = { server_ip: ['10.0.0.9'] }
    const match = { 'If-Match': etag }
    const changed = await call('PUT', `${path}/servers`, servers, match)
    expect(changed.status).toBe(200)
    expect((await call('PUT', `${path}/servers`, servers, match)).status).toBe(412)
    expect((await call('DELETE', path, undefined, match)).status).toBe(412)
    const now = changed.headers.get('etag') as string
    expect((await call('GET', path)).headers.get('etag')).toBe(now)
    const check = await call(
      'PUT',
      `${path}/healthcheck`,
      { port: 80, check_max_retries: 1 },
      { 'If-Match': now },
    )
    expect(check.headers.get('etag')).toBe((await call('GET', path)).headers.get('etag'))
  })
})

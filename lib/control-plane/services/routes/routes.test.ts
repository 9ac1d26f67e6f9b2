import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  backendInput,
  type RunningControlPlane,
  runControlPlane,
} from '#lib/testing/control-plane/running-control-plane.ts'

const PARIS = '/lb/v1/zones/fr-par-1'

let controlPlane: RunningControlPlane
const ids = { lb: '', web: '', images: '', tcp: '', http: '', https: '' }

beforeAll(async () => {
  controlPlane = await runControlPlane()
})
afterAll(() => controlPlane.stop())

const call = (method: string, path: string, body?: unknown) =>
  controlPlane.call(method, PARIS + path, body)
const create = async (path: string, body: unknown): Promise<string> =>
  (await call('POST', path, body)).body.id

beforeEach(async () => {
  ids.lb = await create('/lbs', { name: 'lb' })
  const backend = (changes: object) => create(`/lbs/${ids.lb}/backends`, backendInput(changes))
  ids.web = await backend({ name: 'web' })
  ids.images = await backend({ name: 'images' })
  ids.tcp = await backend({ name: 'tcp', forward_protocol: 'tcp' })
  const frontend = (name: string, inbound_port: number, backend_id: string) =>
    create(`/lbs/${ids.lb}/frontends`, { name, inbound_port, backend_id })
  ids.http = await frontend('http', 80, ids.web)
  ids.https = await frontend('https', 443, ids.tcp)
})

const toImages = (match: object) => ({
  frontend_id: ids.http,
  backend_id: ids.images,
  match,
})
const invalidFields = (body: { details: { argument_name: string }[] }) =>
  body.details.map(({ argument_name }) => argument_name)

test('a route is created, read, changed, listed and deleted', async () => {
  const { status, body, headers } = await call(
    'POST',
    '/routes',
    toImages({ host_header: 'a.example' }),
  )
  expect(status).toBe(200)
  expect(body).toEqual({
    id: expect.any(String),
    frontend_id: ids.http,
    backend_id: ids.images,
    match: { match_subdomains: false, host_header: 'a.example' },
    created_at: expect.any(String),
    updated_at: body.created_at,
  })
  expect(headers.get('etag')).toBe(`"${body.updated_at}"`)
  expect((await call('GET', `/routes/${body.id}`)).body).toEqual(body)
  expect((await call('GET', `/lbs/${ids.lb}`)).body.route_count).toBe(1)

  const match = { path_begin: '/images', sni: null, host_header: null }
  const changed = await call('PUT', `/routes/${body.id}`, { backend_id: ids.web, match })
  expect(changed.body).toMatchObject({
    frontend_id: ids.http,
    backend_id: ids.web,
    match: { match_subdomains: false, path_begin: '/images' },
  })
  expect(changed.body.match).not.toHaveProperty('host_header')
  const list = await call('GET', `/routes?frontend_id=${ids.http}`)
  expect(list.body).toEqual({ routes: [changed.body], total_count: 1 })
  expect((await call('GET', `/routes?frontend_id=${ids.https}`)).body.total_count).toBe(0)
  const elsewhere = await controlPlane.call('GET', '/lb/v1/zones/fr-par-2/routes')
  expect(elsewhere.body).toEqual({ routes: [], total_count: 0 })

  expect((await call('DELETE', `/routes/${body.id}`)).status).toBe(204)
  const gone = await call('GET', `/routes/${body.id}`)
  expect([gone.status, gone.body]).toEqual([404, { message: 'privateNetwork not Found' }])
})

describe('an invalid route is refused', () => {
  test.each([
    [{}, ['match']],
    [{ host_header: 'a.example', path_begin: '/a' }, ['match.path_begin']],
    [{ host_header: 'a b' }, ['match.host_header']],
    [{ path_begin: '' }, ['match.path_begin']],
    [{ path_begin: 'a b' }, ['match.path_begin']],
    [{ path_begin: '/a?b' }, ['match.path_begin']],
    [{ path_begin: '/a', match_subdomains: true }, ['match.match_subdomains']],
    [{ sni: 'a.example' }, ['match.sni']],
  ])('%j', async (match, fields) => {
    const { status, body } = await call('POST', '/routes', toImages(match))
    expect([status, invalidFields(body)]).toEqual([400, fields])
  })

  test('a host on a TCP frontend, and a backend with another protocol', async () => {
    const host = { host_header: 'a.example' }
    const onTcp = { frontend_id: ids.https, backend_id: ids.images, match: host }
    expect(invalidFields((await call('POST', '/routes', onTcp)).body)).toEqual([
      'match.host_header',
      'backend_id',
    ])
    const sni = { ...onTcp, backend_id: ids.tcp, match: { sni: 'a.example' } }
    expect((await call('POST', '/routes', sni)).status).toBe(200)
  })

  test('a second route for the same host, in any case', async () => {
    await call('POST', '/routes', toImages({ host_header: 'a.example' }))
    const again = await call('POST', '/routes', toImages({ host_header: 'A.EXAMPLE' }))
    expect([again.status, invalidFields(again.body)]).toEqual([400, ['match.host_header']])
    const below = { host_header: 'a.example', match_subdomains: true }
    expect((await call('POST', '/routes', toImages(below))).status).toBe(200)
  })

  test('a second route for the same path, with or without its leading slash', async () => {
    const first = await call('POST', '/routes', toImages({ path_begin: 'images' }))
    expect(first.body.match).toEqual({ match_subdomains: false, path_begin: 'images' })
    const again = await call('POST', '/routes', toImages({ path_begin: '/images' }))
    expect([again.status, invalidFields(again.body)]).toEqual([400, ['match.path_begin']])
  })

  test('an unknown frontend', async () => {
    const request = { ...toImages({ host_header: 'a.example' }), frontend_id: ids.web }
    expect(invalidFields((await call('POST', '/routes', request)).body)).toEqual(['frontend_id'])
  })
})

describe('the backends and frontends of routes', () => {
  beforeEach(async () => {
    await call('POST', '/routes', toImages({ host_header: 'a.example' }))
  })

  test('a backend that a route uses is not deleted', async () => {
    const { status, body } = await call('DELETE', `/backends/${ids.images}`)
    expect(status).toBe(412)
    expect(body.help_message).toContain('a.example (frontend "http")')
  })

  test("a backend's protocol can't change while a route depends on it", async () => {
    const change = { name: 'images', forward_protocol: 'tcp', forward_port: 8080 }
    const { status, body } = await call('PUT', `/backends/${ids.images}`, change)
    expect([status, invalidFields(body)]).toEqual([400, ['forward_protocol']])
    const rules = {
      backends: [
        { id: ids.images, forward_protocol: 'tcp' },
        { id: ids.web, forward_protocol: 'tcp' },
      ],
    }
    const patched = await controlPlane.call('PATCH', `/fairlead/v1/lbs/${ids.lb}/rules`, rules)
    expect([patched.status, invalidFields(patched.body)]).toEqual([
      400,
      ['backends.0.forward_protocol'],
    ])
  })

  test('a frontend with routes can not change to a backend with another protocol', async () => {
    const change = { name: 'http', inbound_port: 80, backend_id: ids.tcp }
    const { status, body } = await call('PUT', `/frontends/${ids.http}`, change)
    expect([status, invalidFields(body)]).toEqual([400, ['backend_id']])
  })

  test('routes are deleted with their frontend, and the history has an entry for each', async () => {
    expect((await call('DELETE', `/frontends/${ids.http}`)).status).toBe(204)
    expect((await call('GET', '/routes')).body.routes).not.toContainEqual(
      expect.objectContaining({ frontend_id: ids.http }),
    )
    const { body } = await controlPlane.call('GET', `/fairlead/v1/lbs/${ids.lb}/changes`)
    expect(body.changes.slice(0, 2)).toMatchObject([
      { verb: 'delete', resource: { type: 'frontend' } },
      {
        verb: 'delete',
        resource: { type: 'route' },
        before: { match: { host_header: 'a.example' } },
      },
    ])
    expect((await call('DELETE', `/lbs/${ids.lb}`)).status).toBe(204)
  })
})

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  backendInput,
  type RunningControlPlane,
  runControlPlane,
} from '#lib/testing/control-plane/running-control-plane.ts'

const PARIS = '/lb/v1/zones/fr-par-1'

let controlPlane: RunningControlPlane
const ids = { lb: '', http: '', tcp: '' }

beforeAll(async () => {
  controlPlane = await runControlPlane()
})
afterAll(() => controlPlane.stop())

const call = (method: string, path: string, body?: unknown, headers?: Record<string, string>) =>
  controlPlane.call(method, PARIS + path, body, {
    'X-Auth-Token': controlPlane.settings.credentials?.secretKey ?? '',
    ...headers,
  })
const create = async (path: string, body: unknown): Promise<string> =>
  (await call('POST', path, body)).body.id

beforeEach(async () => {
  ids.lb = await create('/lbs', { name: 'lb' })
  for (const [protocol, port] of [
    ['http', 80],
    ['tcp', 443],
  ] as const) {
    const backend = backendInput({ name: protocol, forward_protocol: protocol })
    const backend_id = await create(`/lbs/${ids.lb}/backends`, backend)
    const frontend = { name: protocol, inbound_port: port, backend_id }
    ids[protocol] = await create(`/lbs/${ids.lb}/frontends`, frontend)
  }
})

const acl = (changes: object = {}) => ({
  name: 'office',
  action: { type: 'allow', redirect: null },
  index: 1,
  ...changes,
})
const match = (changes: object) => ({ match: changes })
const invalidFields = (body: { details: { argument_name: string }[] }) =>
  body.details.map(({ argument_name }) => argument_name)

test('an ACL is created, read, changed, listed and deleted', async () => {
  const sent = acl({
    description: 'a description',
    match: {
      ip_subnet: ['192.168.0.1', '192.168.10.0/24'],
      http_filter: 'acl_http_filter_none',
      invert: true,
    },
  })
  const { status, body } = await call('POST', `/frontends/${ids.http}/acls`, sent)
  expect(status).toBe(200)
  expect(body).toMatchObject({
    name: 'office',
    description: 'a description',
    index: 1,
    action: { type: 'allow', redirect: null },
    match: {
      ip_subnet: ['192.168.0.1', '192.168.10.0/24'],
      ips_edge_services: false,
      http_filter: 'acl_http_filter_none',
      http_filter_value: [],
      http_filter_option: null,
      invert: true,
    },
    frontend: { id: ids.http, backend: { name: 'http' }, lb: { id: ids.lb } },
  })
  expect((await call('GET', `/acls/${body.id}`)).body).toEqual(body)
  const redirect = { type: 'location', target: 'https://example.com', code: 307 }
  const changed = await call('PUT', `/acls/${body.id}`, {
    name: 'moved',
    action: { type: 'redirect', redirect },
    index: 4,
  })
  expect(changed.body).toMatchObject({
    name: 'moved',
    index: 4,
    action: { type: 'redirect', redirect },
    match: body.match,
    description: 'a description',
  })
  const list = await call('GET', `/frontends/${ids.http}/acls?order_by=created_at_asc&page=1`)
  expect(list.body).toMatchObject({ acls: [{ id: body.id }], total_count: 1 })
  expect((await call('DELETE', `/acls/${body.id}`)).status).toBe(204)
  expect((await call('GET', `/acls/${body.id}`)).body).toEqual({ message: 'acl not Found' })
})

test('omitted fields get their defaults', async () => {
  const { body } = await call('POST', `/frontends/${ids.http}/acls`, {
    name: 'all',
    index: 0,
    action: { type: 'redirect', redirect: { type: 'scheme', target: 'https' } },
    match: { ip_subnet: null, ips_edge_services: true, http_filter_value: null },
  })
  expect(body.action.redirect).toEqual({ type: 'scheme', target: 'https', code: 302 })
  expect(body.match).toMatchObject({ ip_subnet: ['0.0.0.0/0'], ips_edge_services: true })
  expect(body.description).toBe('')
  const zero = { type: 'scheme', target: 'https', code: 0 }
  const sent = acl({ action: { type: 'redirect', redirect: zero } })
  const asSdksSend = await call('POST', `/frontends/${ids.http}/acls`, sent)
  expect(asSdksSend.body.action.redirect).toEqual({ ...zero, code: 302 })
})

test('path prefixes without a leading slash are returned as they were sent', async () => {
  const values = ['foo', 'bar/', '/baz']
  const sent = acl(match({ http_filter: 'path_begin', http_filter_value: values }))
  const { status, body } = await call('POST', `/frontends/${ids.http}/acls`, sent)
  expect([status, body.match.http_filter_value]).toEqual([200, values])
  const put = await call('PUT', `/acls/${body.id}`, sent)
  expect([put.status, put.body.match.http_filter_value]).toEqual([200, values])
  const all = await call('PUT', `/frontends/${ids.http}/acls`, { acls: [sent] })
  expect(all.body.acls[0].match.http_filter_value).toEqual(values)
})

describe('an invalid ACL is refused', () => {
  test.each([
    [{ name: '' }, ['name']],
    [{ index: undefined }, ['index']],
    [match({ ip_subnet: ['10.0.0.0/40'] }), ['match.ip_subnet.0']],
    [match({ ip_subnet: ['everybody'] }), ['match.ip_subnet.0']],
    [match({ http_filter: 'path_begin' }), ['match.http_filter_value']],
    [match({ http_filter: 'path_begin', http_filter_value: [''] }), ['match.http_filter_value.0']],
    [match({ http_filter_value: ['/a'] }), ['match.http_filter']],
    [match({ http_filter: 'http_header_match' }), ['match.http_filter_option']],
    [
      match({ http_filter: 'http_header_match', http_filter_option: 'a: b' }),
      ['match.http_filter_option'],
    ],
    [
      match({ http_filter: 'path_end', http_filter_value: ['a\r\nb'] }),
      ['match.http_filter_value.0'],
    ],
    [
      match({ http_filter: 'regex', http_filter_value: ['^/a', '(?=b)'] }),
      ['match.http_filter_value.1'],
    ],
    [{ action: { type: 'redirect' } }, ['action.redirect']],
    [
      { action: { type: 'deny', redirect: { type: 'scheme', target: 'https' } } },
      ['action.redirect'],
    ],
    [
      { action: { type: 'redirect', redirect: { type: 'location', target: 'javascript:x' } } },
      ['action.redirect.target'],
    ],
    [
      { action: { type: 'redirect', redirect: { type: 'location', target: '/{{cookie}}' } } },
      ['action.redirect.target'],
    ],
    [
      { action: { type: 'redirect', redirect: { type: 'scheme', target: 'https', code: 200 } } },
      ['action.redirect.code'],
    ],
  ])('%j', async (changes, fields) => {
    const { status, body } = await call('POST', `/frontends/${ids.http}/acls`, acl(changes))
    expect([status, invalidFields(body)]).toEqual([400, fields])
  })

  test('paths and redirects on a frontend in TCP mode', async () => {
    const filter = match({ http_filter: 'path_begin', http_filter_value: ['/a'] })
    const refused = await call('POST', `/frontends/${ids.tcp}/acls`, acl(filter))
    expect(invalidFields(refused.body)).toEqual(['match.http_filter'])
    const redirect = { action: { type: 'redirect', redirect: { type: 'scheme', target: 'https' } } }
    expect(
      invalidFields((await call('POST', `/frontends/${ids.tcp}/acls`, acl(redirect))).body),
    ).toEqual(['action.type'])
    const subnet = match({ ip_subnet: ['10.0.0.0/8'] })
    expect((await call('POST', `/frontends/${ids.tcp}/acls`, acl(subnet))).status).toBe(200)
  })
})

describe('replacing all ACLs', () => {
  const set = (acls: object[], headers?: Record<string, string>) =>
    call('PUT', `/frontends/${ids.http}/acls`, { acls }, headers)

  test('keeps the ID of each ACL that keeps its name', async () => {
    const first = await set([acl({ name: 'a' }), acl({ name: 'b' }), acl({ name: 'c' })])
    expect(first.body.total_count).toBe(3)
    const [a, b] = first.body.acls
    const second = await set([acl({ name: 'b', index: 5 }), acl({ name: 'a' }), acl({ name: 'd' })])
    const named = Object.fromEntries(
      second.body.acls.map((one: { name: string; id: string }) => [one.name, one]),
    )
    expect(Object.keys(named)).toEqual(['b', 'a', 'd'])
    expect(named.a).toEqual(a)
    expect(named.b).toMatchObject({ id: b.id, index: 5 })
    const { body } = await controlPlane.call('GET', `/fairlead/v1/lbs/${ids.lb}/changes`)
    const lines = body.changes.slice(0, 3).map((one: { verb: string }) => one.verb)
    expect(lines.toSorted()).toEqual(['create', 'delete', 'update'])
  })

  test('is all or nothing, and the error names each invalid ACL', async () => {
    await set([acl({ name: 'a' })])
    const { status, body } = await set([acl({ name: 'b' }), acl({ name: '' })])
    expect([status, invalidFields(body)]).toEqual([400, ['acls.1.name']])
    const list = await call('GET', `/frontends/${ids.http}/acls`)
    expect(list.body.acls.map((one: { name: string }) => one.name)).toEqual(['a'])
  })

  test('is refused with If-Match if another client has changed them', async () => {
    await set([acl({ name: 'a' })])
    const { headers } = await call('GET', `/frontends/${ids.http}/acls`)
    const known = { 'If-Match': headers.get('etag') ?? '' }
    expect((await set([acl({ name: 'b' })], known)).status).toBe(200)
    expect((await set([acl({ name: 'c' })], known)).status).toBe(412)
  })
})

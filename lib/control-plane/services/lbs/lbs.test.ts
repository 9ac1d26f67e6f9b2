import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  backendInput,
  type RunningControlPlane,
  runControlPlane,
} from '#lib/testing/control-plane/running-control-plane.ts'

const PARIS = '/lb/v1/regions/fr-par'
const UNKNOWN = '00000000-0000-4000-8000-000000000000'

let controlPlane: RunningControlPlane
beforeAll(async () => {
  controlPlane = await runControlPlane()
})
afterAll(() => controlPlane.stop())

const call = (method: string, path: string, body?: unknown, headers?: Record<string, string>) =>
  controlPlane.call(method, PARIS + path, body, headers && { ...AUTH, ...headers })
const AUTH = { 'X-Auth-Token': '11111111-2222-4333-8444-555555555555' }

const frontendInput = (changes: object = {}) => ({
  name: 'http',
  inbound_port: 80,
  backend: 'web',
  ...changes,
})

/** The invalid fields that a response names. */
const wrong = (body: { details: { argument_name: string }[] }) =>
  body.details.map(({ argument_name }) => argument_name)

const total = async () => (await call('GET', '/lbs')).body.total_count

describe('create', () => {
  test('with backends and frontends in one call', async () => {
    const { status, body } = await call('POST', '/lbs', {
      name: 'shop',
      backends: [backendInput(), backendInput({ name: 'api', forward_protocol: 'tcp' })],
      frontends: [
        frontendInput(),
        frontendInput({ inbound_port: 443, backend: 'api', protocol: 'tcp' }),
      ],
    })
    expect(status).toBe(200)
    expect(body).toMatchObject({ status: 'to_create', backend_count: 2, frontend_count: 2 })
    const { frontends } = (await call('GET', `/lbs/${body.id}/frontends`)).body
    expect(frontends.map((one: { backend: { name: string } }) => one.backend.name)).toEqual([
      'web',
      'api',
    ])
  })

  const http = { name: 'x', backends: [backendInput()] }
  test.each([
    ['no name', {}, ['name']],
    ['a blank name', { name: ' ' }, ['name']],
    ['a line break in a name', { name: 'a\nb' }, ['name']],
    ['too many tags', { name: 'x', tags: Array(51).fill('t') }, ['tags']],
    ['an IPv6 address wanted', { name: 'x', assign_flexible_ipv6: true }, ['assign_flexible_ipv6']],
    ['an unknown type', { name: 'x', type: 'huge' }, ['type']],
    ['an IP that is not there', { name: 'x', ip_id: UNKNOWN }, ['ip_id']],
    ['two IPs', { name: 'x', ip_ids: [UNKNOWN, UNKNOWN.replace('8', '9')] }, ['ip_ids']],
    [
      'a health check without its fields',
      { name: 'x', backends: [backendInput({ health_check: undefined })] },
      ['backends.0.health_check.port', 'backends.0.health_check.check_max_retries'],
    ],
    [
      'several wrong fields',
      {
        name: 'x',
        backends: [
          backendInput({ forward_port: 0, server_ip: ['10.0.0.1', 'nope', '10.0.0.1'] }),
          backendInput({ name: 'api', forward_protocol: 'udp' }),
        ],
        frontends: [frontendInput({ inbound_port: 65536 })],
      },
      [
        'backends.0.forward_port',
        'backends.0.server_ip.1',
        'backends.0.server_ip.2',
        'backends.1.forward_protocol',
        'frontends.0.inbound_port',
      ],
    ],
    [
      'a server named twice',
      { name: 'x', backends: [backendInput({ server_ip: ['2001:DB8::1', '2001:db8:0::1'] })] },
      ['backends.0.server_ip.1'],
    ],
    [
      'two frontends on a port',
      { ...http, frontends: [frontendInput(), frontendInput({ name: 'b' })] },
      ['frontends.1.inbound_port'],
    ],
    [
      'a backend that is not there',
      { ...http, frontends: [frontendInput({ backend: 'api' })] },
      ['frontends.0.backend'],
    ],
    [
      'protocols that do not agree',
      { ...http, frontends: [frontendInput({ protocol: 'tcp' })] },
      ['frontends.0.protocol'],
    ],
  ])('%s is refused, and nothing is created', async (_case, input, fields) => {
    const before = await total()
    const ips = (await call('GET', '/ips')).body.total_count
    const { status, body } = await call('POST', '/lbs', input)
    expect([status, body.type, body.message]).toEqual([
      400,
      'invalid_arguments',
      'invalid argument(s)',
    ])
    expect(wrong(body)).toEqual(fields)
    expect(await total()).toBe(before)
    expect((await call('GET', '/ips')).body.total_count).toBe(ips)
  })

  test('every detail has a field, a reason and a help message', async () => {
    const { body } = await call('POST', '/lbs', {
      backends: [backendInput({ server_ip: ['nope'] })],
    })
    expect(body.details).toEqual([
      {
        argument_name: 'name',
        help_message: 'Load balancer name is required.',
        reason: 'required',
      },
      {
        argument_name: 'backends.0.server_ip.0',
        help_message: 'Enter a valid IP address. For example: 10.0.0.4',
        reason: 'constraint',
      },
    ])
  })

  test('masters are spread over both clusters', async () => {
    const masters: string[] = []
    for (const name of ['one', 'two', 'three', 'four']) {
      const { body } = await controlPlane.call('POST', '/lb/v1/regions/nl-ams/lbs', { name })
      const path = `/lb/v1/regions/nl-ams/lbs/${body.id}`
      const { instances } = (await controlPlane.call('GET', path)).body
      expect(instances.map((one: { role: string }) => one.role)).toEqual(['master', 'backup'])
      masters.push(instances[0].cluster)
    }
    expect(masters.toSorted()).toEqual(['a', 'a', 'b', 'b'])
  })

  test("project and organization are those in the request, or the installation's", async () => {
    const own = { project_id: UNKNOWN, organization_id: UNKNOWN }
    const given = (await call('POST', '/lbs', { name: 'x', ...own })).body
    expect(given).toMatchObject(own)
    expect(given.ip[0]).toMatchObject(own)
    const [one, two] = [
      (await call('POST', '/lbs', { name: 'x' })).body,
      (await call('POST', '/ips', {})).body,
    ]
    expect(one.project_id).toMatch(/^[0-9a-f-]{36}$/)
    expect(two.project_id).toBe(one.project_id)
  })
})

describe('list', () => {
  const names = async (query: string) =>
    (await controlPlane.call('GET', `/lb/v1/zones/fr-par-3/lbs?${query}`)).body.lbs.map(
      (one: { name: string }) => one.name,
    )

  test('filters, orders and pages', async () => {
    for (const [name, tags] of [
      ['delta', ['x']],
      ['alpha', ['x', 'y']],
      ['100%', ['with "quotes", and comma']],
    ] as const) {
      await controlPlane.call('POST', '/lb/v1/zones/fr-par-3/lbs', { name, tags })
    }
    expect(await names('')).toEqual(['delta', 'alpha', '100%'])
    expect(await names('order_by=created_at_desc')).toEqual(['100%', 'alpha', 'delta'])
    expect(await names('order_by=name_asc')).toEqual(['100%', 'alpha', 'delta'])
    expect(await names('name=LPH')).toEqual(['alpha'])
    expect(await names('name=%25')).toEqual(['100%'])
    expect(await names('tags=x')).toEqual(['delta', 'alpha'])
    expect(await names('tags=x&tags=y')).toEqual(['alpha'])
    expect(await names(`tags=${encodeURIComponent('with "quotes", and comma')}`)).toEqual(['100%'])
    expect(await names('tags=quotes')).toEqual([])
    expect(await names('page_size=2&page=2')).toEqual(['100%'])
    const page = await controlPlane.call('GET', '/lb/v1/zones/fr-par-3/lbs?page_size=1')
    expect(page.body).toMatchObject({ total_count: 3, lbs: [{ name: 'delta' }] })
    const wide = await controlPlane.call('GET', '/fairlead/v1/lbs?search=alph')
    expect(wide.body).toMatchObject({ total_count: 1, lbs: [{ lb: { name: 'alpha' } }] })
  })

  test('an object matches if it has all of up to 50 tags', async () => {
    const tags = Array.from({ length: 50 }, (_, at) => `tag-${at}`)
    const { id } = (await controlPlane.call('POST', `${PARIS}/lbs`, { name: 'tagged', tags })).body
    const query = (asked: string[]) => asked.map((tag) => `tags=${tag}`).join('&')
    const found = async (path: string, asked: string[]) => {
      const { status, body } = await controlPlane.call('GET', `${path}?${query(asked)}`)
      return [
        status,
        body.lbs?.map((lb: { id?: string; lb?: { id: string } }) => lb.id ?? lb.lb?.id),
      ]
    }
    for (const path of [`${PARIS}/lbs`, '/fairlead/v1/lbs']) {
      expect(await found(path, tags)).toEqual([200, [id]])
      expect(await found(path, ['tag-1', 'tag-1'])).toEqual([200, [id]])
      expect(await found(path, [...tags.slice(1), 'other'])).toEqual([200, []])
      expect(await found(path, [...tags, 'tag-50'])).toEqual([400, undefined])
    }
  })

  test('a page has 20 by default', async () => {
    for (let i = 0; i < 21; i++) {
      const input = { name: `many-${i}`, assign_flexible_ip: false }
      await controlPlane.call('POST', '/lb/v1/zones/nl-ams-2/lbs', input)
    }
    const { body } = await controlPlane.call('GET', '/lb/v1/zones/nl-ams-2/lbs')
    expect([body.lbs.length, body.total_count]).toEqual([20, 21])
  })
})

describe('get, update, delete', () => {
  test('an update keeps omitted fields', async () => {
    const input = { name: 'x', description: 'about', tags: ['t'] }
    const { id, created_at } = (await call('POST', '/lbs', input)).body
    const renamed = (await call('PUT', `/lbs/${id}`, { name: 'y' })).body
    expect(renamed).toMatchObject({ name: 'y', description: 'about', tags: ['t'], created_at })
    expect(renamed.updated_at > created_at).toBe(true)
    expect((await call('PUT', `/lbs/${id}`, { name: 'y', tags: null })).body.tags).toEqual([])
    expect((await call('PUT', `/lbs/${id}`, {})).body.details[0].argument_name).toBe('name')
  })

  test.each([
    ['GET', undefined],
    ['PUT', { name: 'x' }],
    ['DELETE', undefined],
  ])('%s of an unknown load balancer is 404', async (method, body) => {
    const { id } = (await call('POST', '/lbs', { name: 'x' })).body
    for (const path of [
      `${PARIS}/lbs/${UNKNOWN}`,
      `${PARIS}/lbs/not-an-id`,
      `/lb/v1/regions/nl-ams/lbs/${id}`,
      `/lb/v1/zones/fr-par-2/lbs/${id}`,
    ]) {
      const answered = await controlPlane.call(method, path, body)
      expect([answered.status, answered.body]).toEqual([404, { message: 'lbs not Found' }])
    }
    expect((await call('GET', `/lbs/${id}`)).status).toBe(200)
  })

  test.each([
    ['false', 200],
    ['true', 404],
  ])('delete with release_ip=%s leaves its IP with %i', async (release, status) => {
    const input = { name: 'x', backends: [backendInput()], frontends: [frontendInput()] }
    const { id, ip } = (await call('POST', '/lbs', input)).body
    expect((await call('DELETE', `/lbs/${id}?release_ip=${release}`)).status).toBe(204)
    expect((await call('GET', `/lbs/${id}`)).status).toBe(404)
    const kept = await call('GET', `/ips/${ip[0].id}`)
    expect(kept.status).toBe(status)
    if (status === 404) expect(kept.body).toEqual({ message: 'ips not Found' })
    else expect(kept.body).toMatchObject({ lb_id: null, reverse: ip[0].reverse })
  })

  test('release_ip must be true or false', async () => {
    const { id } = (await call('POST', '/lbs', { name: 'x' })).body
    expect((await call('DELETE', `/lbs/${id}?release_ip=yes`)).status).toBe(400)
  })

  test('If-Match refuses to overwrite changes of others', async () => {
    const { id } = (await call('POST', '/lbs', { name: 'x' })).body
    const seen = (await call('GET', `/lbs/${id}`)).headers.get('etag') as string
    expect(seen).toBe('"1"')
    const first = await call('PUT', `/lbs/${id}`, { name: 'first' }, { 'If-Match': seen })
    expect([first.status, first.headers.get('etag')]).toEqual([200, '"2"'])
    const second = await call('PUT', `/lbs/${id}`, { name: 'second' }, { 'If-Match': seen })
    expect([second.status, second.body.precondition]).toEqual([412, 'if_match'])
    expect(second.body.help_message).toMatch(/^SCWTESTTESTTESTTEST1 changed it at 20/)
    expect((await call('DELETE', `/lbs/${id}`, undefined, { 'If-Match': seen })).status).toBe(412)
    expect((await call('GET', `/lbs/${id}`)).body.name).toBe('first')
    const star = await call('DELETE', `/lbs/${id}`, undefined, { 'If-Match': '*' })
    expect(star.status).toBe(204)
  })

  test('If-Match with the time of its own last change ignores changes of its rules', async () => {
    const { id } = (await call('POST', '/lbs', { name: 'x' })).body
    const seen = `"${(await call('GET', `/lbs/${id}`)).body.updated_at}"`
    await call('POST', `/lbs/${id}/backends`, backendInput())
    const first = await call('PUT', `/lbs/${id}`, { name: 'first' }, { 'If-Match': seen })
    const second = await call('PUT', `/lbs/${id}`, { name: 'second' }, { 'If-Match': seen })
    expect([first.status, second.status]).toEqual([200, 412])
  })
})

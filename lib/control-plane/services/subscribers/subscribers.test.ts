import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  type RunningControlPlane,
  runControlPlane,
} from '#lib/testing/control-plane/running-control-plane.ts'
import { TIMING } from '../../notifications/timing.ts'

const PARIS = '/lb/v1/regions/fr-par'
const PARIS_2 = '/lb/v1/zones/fr-par-2'
const UNKNOWN = '00000000-0000-4000-8000-000000000000'
const OTHER_OWNER = '00000000-0000-4000-8000-00000000000a'

let controlPlane: RunningControlPlane
beforeAll(async () => {
  controlPlane = await runControlPlane({
    notifications: {
      smtp: null,
      missingSmtp: ['FAIRLEAD_SMTP_URL', 'FAIRLEAD_SMTP_FROM'],
      timing: TIMING,
    },
    egress: { ownPorts: [3001], loopback: true, pools: [], webhookNetworks: null },
  })
})
afterAll(() => controlPlane.stop())

const call = (method: string, path: string, body?: unknown) =>
  controlPlane.call(method, PARIS + path, body)
const webhook = (name: string, uri = 'https://example.com/hook') => ({
  name,
  webhook_config: { uri },
})
const newSubscriber = async (name: string) =>
  (await call('POST', '/subscribers', webhook(name))).body.id as string
const newLb = async (name: string) =>
  (await call('POST', '/lbs', { name, assign_flexible_ip: false })).body.id as string

describe('a subscriber', () => {
  test('is created, read, changed and deleted', async () => {
    const { status, body } = await call('POST', '/subscribers', webhook('on call'))
    expect([status, body]).toEqual([200, { id: expect.any(String), ...webhook('on call') }])
    const path = `/subscribers/${body.id}`
    expect((await call('GET', path)).body).toEqual(body)

    const renamed = await call('PUT', path, { name: 'night' })
    expect(renamed.body).toEqual({ ...body, name: 'night' })
    const moved = await call('PUT', path, webhook('night', 'http://10.0.0.9:8080'))
    expect(moved.body).toEqual({ id: body.id, ...webhook('night', 'http://10.0.0.9:8080/') })

    expect((await call('DELETE', `/lb/subscriber/${body.id}`)).status).toBe(204)
    expect((await call('GET', path)).body).toEqual({ message: 'subscriber not Found' })
  })

  test('is deleted by the zonal path, in its own zone only', async () => {
    const created = await controlPlane.call('POST', `${PARIS_2}/subscribers`, webhook('zoned'))
    const path = `/lb/subscription/${created.body.id}`
    expect((await controlPlane.call('DELETE', `/lb/v1/zones/fr-par-1${path}`)).status).toBe(404)
    expect((await controlPlane.call('DELETE', `/lb/v1/regions/nl-ams${path}`)).status).toBe(404)
    expect((await controlPlane.call('DELETE', PARIS_2 + path)).status).toBe(204)
  })

  test('that has changed meanwhile is not overwritten', async () => {
    const created = await call('POST', '/subscribers', webhook('mine'))
    const headers = {
      'X-Auth-Token': controlPlane.settings.credentials?.secretKey ?? '',
      'If-Match': created.headers.get('etag') ?? '',
    }
    const put = (name: string) =>
      controlPlane.call('PUT', `${PARIS}/subscribers/${created.body.id}`, { name }, headers)
    expect((await put('first')).status).toBe(200)
    expect((await put('second')).status).toBe(412)
  })

  const email = { email: 'ada@example.com' }
  test.each([
    ['no name', { webhook_config: { uri: 'https://example.com' } }, 'name'],
    ['no way', { name: 'x' }, 'webhook_config'],
    ['two ways', { ...webhook('x'), email_config: email }, 'webhook_config'],
    ['no address', webhook('x', 'example.com'), 'webhook_config.uri'],
    ['another scheme', webhook('x', 'file:///etc/passwd'), 'webhook_config.uri'],
    ['a password', webhook('x', 'https://a:b@example.com'), 'webhook_config.uri'],
    ['a fragment', webhook('x', 'https://example.com/#a'), 'webhook_config.uri'],
    ['too long', webhook('x', `https://example.com/${'a'.repeat(2048)}`), 'webhook_config.uri'],
    ['metadata', webhook('x', 'http://169.254.169.254/'), 'webhook_config.uri'],
    ['metadata as a number', webhook('x', 'http://2852039166/'), 'webhook_config.uri'],
    ['metadata, mapped', webhook('x', 'http://[::ffff:169.254.169.254]/'), 'webhook_config.uri'],
    ['Fairlead itself', webhook('x', 'http://127.0.0.1:3001/healthz'), 'webhook_config.uri'],
    ['Fairlead, mapped', webhook('x', 'http://[::ffff:127.0.0.1]:3001/'), 'webhook_config.uri'],
    ['Fairlead, by name', webhook('x', 'http://LOCALHOST:3001/'), 'webhook_config.uri'],
    ['Fairlead, by NAT64', webhook('x', 'http://[64:ff9b::7f00:1]:3001/'), 'webhook_config.uri'],
    ['no email', { name: 'x', email_config: { email: 'ada' } }, 'email_config.email'],
    [
      'two emails',
      { name: 'x', email_config: { email: 'a@example.com, b@example.com' } },
      'email_config.email',
    ],
    [
      'a header in an email',
      { name: 'x', email_config: { email: 'a@example.com\r\nBcc: b@example.com' } },
      'email_config.email',
    ],
  ])('is refused with %s', async (_case, input, field) => {
    const { status, body } = await call('POST', '/subscribers', input)
    expect([status, body.details?.[0].argument_name]).toEqual([400, field])
  })

  test('by email needs a mail server, and the error names the missing settings', async () => {
    const { status, body } = await call('POST', '/subscribers', { name: 'x', email_config: email })
    expect(status).toBe(412)
    expect(body.help_message).toMatch(/FAIRLEAD_SMTP_URL and FAIRLEAD_SMTP_FROM/)
  })
})

test('subscribers are paged, ordered, and filtered by name and owner', async () => {
  for (const name of ['list b', 'list c', 'List a']) await newSubscriber(name)
  const other = { ...webhook('list other'), project_id: OTHER_OWNER }
  await call('POST', '/subscribers', other)
  await controlPlane.call('POST', '/lb/v1/regions/nl-ams/subscribers', webhook('list far'))
  const list = async (query: string) => {
    const { body } = await call('GET', `/subscribers?name=LIST&${query}`)
    return [body.subscribers.map(({ name }: { name: string }) => name), body.total_count]
  }
  expect(await list('')).toEqual([['list b', 'list c', 'List a', 'list other'], 4])
  expect(await list('order_by=created_at_desc&page_size=3')).toEqual([
    ['list other', 'List a', 'list c'],
    4,
  ])
  expect(await list('order_by=name_desc&page_size=2&page=2')).toEqual([['list b', 'List a'], 4])
  expect(await list(`project_id=${OTHER_OWNER}`)).toEqual([['list other'], 1])
  expect((await call('GET', '/subscribers?order_by=x')).status).toBe(400)
})

describe('a load balancer', () => {
  test('has its subscriber in every response until it is unsubscribed', async () => {
    const lbId = await newLb('watched')
    const [first, second] = [await newSubscriber('first'), await newSubscriber('second')]
    const subscribed = await call('POST', `/lb/${lbId}/subscribe`, { subscriber_id: first })
    const expected = { id: first, ...webhook('first') }
    expect([subscribed.status, subscribed.body.subscriber]).toEqual([200, expected])
    const backend = await call('POST', `/lbs/${lbId}/backends`, {
      name: 'web',
      forward_protocol: 'tcp',
      forward_port: 80,
      health_check: { port: 80, check_max_retries: 1 },
    })
    const { lbs } = (await call('GET', '/lbs?name=watched')).body
    const overview = await controlPlane.call('GET', `/fairlead/v1/lbs/${lbId}`)
    for (const lb of [backend.body.lb, lbs[0], overview.body.lb]) {
      expect(lb.subscriber).toEqual(expected)
    }
    const replaced = await call('POST', `/lb/${lbId}/subscribe`, { subscriber_id: second })
    expect(replaced.body.subscriber.id).toBe(second)

    const refused = await call('DELETE', `/lb/subscriber/${second}`)
    expect([refused.status, refused.body.help_message]).toEqual([
      412,
      'The subscriber is used by load balancer "watched". Unsubscribe it there first.',
    ])
    const freed = await call('DELETE', `/lb/${lbId}/unsubscribe`)
    expect([freed.status, freed.body.subscriber]).toEqual([200, null])
    expect((await call('DELETE', `/lb/${lbId}/unsubscribe`)).status).toBe(412)
    expect((await call('DELETE', `/lb/subscriber/${second}`)).status).toBe(204)

    const { changes } = (await controlPlane.call('GET', `/fairlead/v1/lbs/${lbId}/changes`)).body
    const verbs = changes.map(({ verb }: { verb: string }) => verb)
    expect(verbs.slice(0, 5)).toEqual(['unsubscribe', 'subscribe', 'create', 'subscribe', 'create'])
    expect(JSON.stringify(changes)).not.toContain('whsec_')
  })

  test("can't have an unknown subscriber", async () => {
    const lbId = await newLb('lonely')
    const { status, body } = await call('POST', `/lb/${lbId}/subscribe`, { subscriber_id: UNKNOWN })
    expect([status, body.details[0].argument_name]).toEqual([400, 'subscriber_id'])
    const missing = await call('POST', `/lb/${UNKNOWN}/subscribe`, { subscriber_id: UNKNOWN })
    expect([missing.status, missing.body]).toEqual([404, { message: 'lbs not Found' }])
  })

  test('can be deleted while it has a subscriber', async () => {
    const lbId = await newLb('brief')
    const subscriber = await newSubscriber('kept')
    await call('POST', `/lb/${lbId}/subscribe`, { subscriber_id: subscriber })
    expect((await call('DELETE', `/lbs/${lbId}`)).status).toBe(204)
    expect((await call('DELETE', `/lb/subscriber/${subscriber}`)).status).toBe(204)
  })
})

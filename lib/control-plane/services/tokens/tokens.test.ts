import { afterAll, beforeAll, expect, test, vi } from 'vitest'
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

const call = (method: string, path: string, body?: unknown, secret = SECRET_KEY) =>
  controlPlane.call(method, `/fairlead/v1${path}`, body, { 'X-Auth-Token': secret })
const listed = async (accessKey: string) =>
  (await call('GET', '/tokens')).body.tokens.find(
    ({ access_key }: { access_key: string }) => access_key === accessKey,
  )

test('a token works until it is revoked, and its last use is stored', async () => {
  const made = await call('POST', '/tokens', { name: 'deploy' })
  expect(made.status).toBe(200)
  const { access_key: accessKey, secret_key: secret } = made.body
  expect(accessKey).toMatch(/^SCW[A-Z0-9]{17}$/)
  expect(await listed(accessKey)).toEqual({
    access_key: accessKey,
    name: 'deploy',
    scope: 'full',
    created_at: expect.any(String),
    created_by: 'SCWTESTTESTTESTTEST1',
    last_used_at: null,
    expires_at: null,
    from_settings: false,
    // Created with the token of the settings, so it belongs to the installation.
    owner: null,
    state: 'active',
    networks: [],
  })
  expect((await call('GET', '/lbs', undefined, secret)).status).toBe(200)
  await expect.poll(async () => (await listed(accessKey)).last_used_at).not.toBeNull()
  expect((await call('DELETE', `/tokens/${accessKey}`)).status).toBe(204)
  expect((await call('GET', '/lbs', undefined, secret)).body.reason).toBe('not_found')
  expect((await call('DELETE', `/tokens/${accessKey}`)).status).toBe(404)
})

test('an expired token is refused with the reason', async () => {
  const soon = new Date(Date.now() + 1000).toISOString()
  const { body } = await call('POST', '/tokens', { name: 'short', expires_at: soon })
  const refused = await vi.waitFor(async () => {
    const answer = await call('GET', '/lbs', undefined, body.secret_key)
    expect(answer.status).toBe(401)
    return answer
  }, 20_000)
  expect([refused.body.reason, refused.body.message]).toEqual([
    'expired',
    'The API token has expired. Create another.',
  ])
})

test.each([
  [{}, 'name', 'Token name is required.'],
  [{ name: 'x', expires_at: 'soon' }, 'expires_at', /must be a date/],
  [{ name: 'x', expires_at: '2020-01-01T00:00:00Z' }, 'expires_at', /in the future/],
  [{ name: 'x', networks: ['10.0.0.0/33'] }, 'networks.0', /^Enter an IP address or a network/],
  [{ name: 'x', networks: Array(51).fill('10.0.0.1') }, 'networks', /at most 50 networks/],
])('%j is refused', async (input, field, message) => {
  const { status, body } = await call('POST', '/tokens', input)
  expect([status, body.details[0].argument_name]).toEqual([400, field])
  expect(body.details[0].help_message).toMatch(message)
})

test("the token of the settings can't be revoked", async () => {
  const { status, body } = await call('DELETE', '/tokens/SCWTESTTESTTESTTEST1')
  expect([status, body.precondition]).toEqual([412, 'from_settings'])
  expect(body.help_message).toContain('FAIRLEAD_ACCESS_KEY')
})

test('no secret is stored or listed', async () => {
  const { body } = await call('POST', '/tokens', { name: 'quiet' })
  const { body: list } = await call('GET', '/tokens')
  expect(JSON.stringify(list)).not.toContain(body.secret_key)
  expect(JSON.stringify(list)).not.toContain('secret')
})

test("a token with an expiry can't create a token that outlives it", async () => {
  const end = new Date(Date.now() + 60_000).toISOString()
  const { secret_key: secret } = (await call('POST', '/tokens', { name: 'a', expires_at: end }))
    .body
  const ever = await call('POST', '/tokens', { name: 'b' }, secret)
  expect([ever.status, ever.body.details[0].argument_name]).toEqual([400, 'expires_at'])
  expect((await call('POST', '/tokens', { name: 'c', expires_at: end }, secret)).status).toBe(200)
})

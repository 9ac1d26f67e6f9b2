import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { stubConsoleSettings } from '#lib/testing/bff/console-settings.ts'
import {
  type Received,
  type Reply,
  startControlPlaneServer,
} from '#lib/testing/bff/control-plane-server.ts'
import {
  acceptInvitation,
  changePassword,
  logIn,
  logOut,
  readSession,
  readSetupState,
  setUp,
} from './session-handlers.ts'

const TOKEN = 'a-session-token-of-some-length'
const account = { id: '1', email: 'ada@example.com', name: 'Ada', role: 'owner' }
const expires_at = '2030-01-01T00:00:00Z'
const cookie = `fairlead_session=${TOKEN}`

const json = (status: number, body: unknown): Reply => ({ status, body: JSON.stringify(body) })

let reply: (received: Received) => Reply | null
let controlPlane: Awaited<ReturnType<typeof startControlPlaneServer>>

beforeAll(async () => {
  controlPlane = await startControlPlaneServer((received) => reply(received))
  stubConsoleSettings({ apiUrl: controlPlane.url })
})
afterEach(() => {
  controlPlane.received.length = 0
})
afterAll(async () => {
  vi.unstubAllEnvs()
  await controlPlane.stop()
})

const request = (
  method: string,
  headers: Record<string, string> = {},
  body: string | null = null,
) => new Request('http://127.0.0.1:3000/api/session', { method, headers, body })

describe.each([
  ['log in', logIn, '/fairlead/v1/session'],
  ['set up', setUp, '/fairlead/v1/setup'],
  ['change the password', changePassword, '/fairlead/v1/account/password'],
  ['accept an invitation', acceptInvitation, '/fairlead/v1/invitation/accept'],
])('%s', (_, open, path) => {
  test('puts the token into the cookie and returns only the account', async () => {
    reply = () => json(201, { token: TOKEN, expires_at, account })
    const sent = request(
      'POST',
      {
        origin: 'https://console.example',
        'x-fairlead-client-ip': '198.51.100.7',
        'user-agent': 'a browser',
      },
      '{"email":"ada@example.com"}',
    )
    const response = await open(sent)
    expect(response.status).toBe(201)
    expect(response.headers.get('set-cookie')).toMatch(
      new RegExp(`^__Host-fairlead_session=${TOKEN}; Path=/; HttpOnly; SameSite=Lax; .*Secure$`),
    )
    const body = await response.text()
    expect(JSON.parse(body)).toEqual({ account })
    expect(body).not.toContain(TOKEN)
    expect(controlPlane.received).toMatchObject([
      {
        url: path,
        body: '{"email":"ada@example.com"}',
        headers: {
          'x-fairlead-client-ip': '198.51.100.7',
          'x-fairlead-bff-secret': 'bff-secret',
          'user-agent': 'a browser',
        },
      },
    ])
  })

  test('relays the device cookie to the control plane, and the new one back', async () => {
    const [former, next] = ['a.former-device-token', 'a.new-device-token']
    reply = () => ({
      ...json(200, { token: TOKEN, expires_at, account }),
      headers: { 'x-fairlead-device': next },
    })
    const shown = { cookie: `fairlead_device=${former}`, origin: 'http://127.0.0.1:3000' }
    const response = await open(request('POST', shown, '{}'))
    expect(controlPlane.received[0]?.headers['x-fairlead-device']).toBe(former)
    expect(response.headers.getSetCookie()).toEqual([
      expect.stringMatching(/^fairlead_session=/),
      expect.stringMatching(new RegExp(`^fairlead_device=${next}; Path=/; HttpOnly; SameSite=Lax`)),
    ])
    expect(await response.text()).not.toContain('device-token')
  })

  test('relays a refusal, and sets no cookie', async () => {
    reply = () => ({
      ...json(429, { message: 'Too many tries.' }),
      headers: { 'retry-after': '9' },
    })
    const response = await open(request('POST', {}, '{}'))
    expect(response.status).toBe(429)
    expect(response.headers.get('retry-after')).toBe('9')
    expect(response.headers.get('set-cookie')).toBeNull()
    expect(await response.json()).toEqual({ message: 'Too many tries.' })
  })

  test('accepts at most 16 KiB', async () => {
    reply = () => json(400, {})
    expect((await open(request('POST', {}, 'x'.repeat(16 * 1024)))).status).toBe(400)
    const large = await open(request('POST', {}, 'x'.repeat(16 * 1024 + 1)))
    expect([large.status, large.headers.get('connection')]).toEqual([413, 'close'])
    expect((await large.json()).message).toBe('The request is larger than 16 KiB.')
  })
})

describe('the session', () => {
  test('is the account', async () => {
    reply = () => json(200, { account, expires_at })
    expect(await (await readSession(request('GET', { cookie }))).json()).toEqual({ account })
    expect(controlPlane.received[0]?.headers.authorization).toBe(`Bearer ${TOKEN}`)
  })

  test('that has ended keeps the cookie, which may be a newer session’s', async () => {
    reply = () => json(401, { message: 'denied' })
    const response = await readSession(request('GET', { cookie }))
    expect(response.status).toBe(401)
    expect(response.headers.get('set-cookie')).toBeNull()
  })

  test.each([
    ['told', 204, { status: 204 }],
    ['in trouble', 204, json(500, { message: 'internal error' })],
  ])('ends in this browser, the control plane being %s', async (_, status, answer) => {
    reply = () => answer
    const response = await logOut(request('DELETE', { cookie }))
    expect(response.status).toBe(status)
    expect(response.headers.get('set-cookie')).toMatch(/^fairlead_session=; .*Max-Age=0/)
    expect(controlPlane.received).toMatchObject([{ method: 'DELETE', url: '/fairlead/v1/session' }])
  })
})

test('the setup state is readable without a session', async () => {
  reply = () => json(200, { needed: true })
  expect(await (await readSetupState(request('GET'))).json()).toEqual({ needed: true })
})

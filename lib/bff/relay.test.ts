import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { stubConsoleSettings } from '#lib/testing/bff/console-settings.ts'
import {
  type Received,
  type Reply,
  startControlPlaneServer,
} from '#lib/testing/bff/control-plane-server.ts'
import { ControlPlaneUnavailable, callControlPlane } from './control-plane.ts'
import { relay } from './relay.ts'

const SECRET = 'bff-secret'
const TOKEN = 'a-session-token-of-some-length'
const cookie = `fairlead_session=${TOKEN}`
const lbs = '/lb/v1/regions/fr-par/lbs'
const ok: Reply = { status: 200, body: '{}' }

let reply: (received: Received) => Reply | null = () => ok
let controlPlane: Awaited<ReturnType<typeof startControlPlaneServer>>

beforeAll(async () => {
  controlPlane = await startControlPlaneServer((received) => reply(received))
  stubConsoleSettings({ apiUrl: controlPlane.url, bffSecret: SECRET })
})
afterEach(() => {
  reply = () => ok
  controlPlane.received.length = 0
})
afterAll(async () => {
  vi.unstubAllEnvs()
  await controlPlane.stop()
})

function ask(path: string, init: RequestInit = {}, query = '') {
  const headers = new Headers({ cookie, ...(init.headers as Record<string, string>) })
  return relay(new Request(`http://127.0.0.1:3000/api${path}${query}`, { ...init, headers }), path)
}

describe('the request', () => {
  test('carries an API token instead of the session, and still needs the session', async () => {
    const headers = { 'x-auth-token': 'a-secret-key' }
    reply = () => ({ status: 401, body: '{"message":"The secret key is not valid."}' })
    const refused = await ask(lbs, { headers })
    expect([refused.status, await refused.json()]).toEqual([
      401,
      { message: 'The secret key is not valid.' },
    ])
    // The session stays valid.
    expect(refused.headers.get('set-cookie')).toBeNull()
    const [received] = controlPlane.received
    expect(received?.headers).toMatchObject(headers)
    expect(received?.headers.authorization).toBeUndefined()
    const outsider = await ask(lbs, { headers: { ...headers, cookie: '' } })
    expect(outsider.status).toBe(401)
    expect(controlPlane.received).toHaveLength(1)
  })

  test('carries the session, the address and the allowed headers, and nothing else', async () => {
    const response = await ask(
      lbs,
      {
        method: 'POST',
        body: '{"name":"web"}',
        headers: {
          'content-type': 'application/json',
          'if-match': '"7"',
          'x-fairlead-client-ip': '198.51.100.7',
          authorization: 'Bearer someone-elses',
          'x-other': '1',
        },
      },
      '?name=a%20b',
    )
    expect(response.status).toBe(200)
    const received = controlPlane.received.at(-1)
    expect(received).toMatchObject({
      method: 'POST',
      url: `${lbs}?name=a%20b`,
      body: '{"name":"web"}',
      headers: {
        authorization: `Bearer ${TOKEN}`,
        'content-type': 'application/json',
        'if-match': '"7"',
        'x-fairlead-client-ip': '198.51.100.7',
        'x-fairlead-bff-secret': SECRET,
      },
    })
    expect(received?.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/)
    for (const name of ['cookie', 'x-auth-token', 'x-other']) {
      expect(received?.headers).not.toHaveProperty(name)
    }
  })

  test('is not made without a session', async () => {
    const response = await relay(new Request(`http://127.0.0.1:3000/api${lbs}`), lbs)
    expect(response.status).toBe(401)
    expect(controlPlane.received).toEqual([])
  })

  test('is not made for a path that is not relayed', async () => {
    expect((await ask('/nodes/v1/report')).status).toBe(404)
    expect(controlPlane.received).toEqual([])
  })

  test('is not made with more than 1 MiB', async () => {
    const fits = await ask(lbs, { method: 'POST', body: 'x'.repeat(1024 * 1024) })
    expect(fits.status).toBe(200)
    controlPlane.received.length = 0
    const large = await ask(lbs, { method: 'POST', body: 'x'.repeat(1024 * 1024 + 1) })
    expect(large.status).toBe(413)
    expect(large.headers.get('connection')).toBe('close')
    expect(controlPlane.received).toEqual([])
  })

  test('is refused if its body does not arrive within 10 s', async () => {
    const limit = new AbortController()
    const timeout = vi.spyOn(AbortSignal, 'timeout').mockReturnValue(limit.signal)
    onTestFinished(() => timeout.mockRestore())
    const body = new ReadableStream({
      start: (controller) => controller.enqueue(new Uint8Array(9)),
    })
    const answering = ask(lbs, { method: 'POST', body, duplex: 'half' } as RequestInit)
    await expect.poll(() => timeout.mock.calls).toEqual([[10_000]])
    limit.abort()
    const late = await answering
    expect([late.status, late.headers.get('connection')]).toEqual([408, 'close'])
    expect((await late.json()).message).toContain('has not arrived within 10 s. Nothing was done.')
    expect(controlPlane.received).toEqual([])
  })
})

describe('the response', () => {
  test('has the status, body and allowed headers of the control plane, and no cache stores it', async () => {
    reply = () => ({
      status: 412,
      headers: {
        'content-type': 'application/json',
        etag: '"8"',
        'x-request-id': 'r-1',
        'set-cookie': 'a=b',
        'cache-control': 'max-age=60',
        server: 'secret',
      },
      body: '{"message":"changed meanwhile"}',
    })
    const response = await ask(lbs)
    expect(response.status).toBe(412)
    expect(Object.fromEntries(response.headers)).toEqual({
      'cache-control': 'no-store',
      'content-type': 'application/json',
      etag: '"8"',
      'x-request-id': 'r-1',
    })
    expect(await response.json()).toEqual({ message: 'changed meanwhile' })
  })

  test('may be empty', async () => {
    reply = () => ({ status: 204 })
    const response = await ask(lbs, { method: 'DELETE' })
    expect(response.status).toBe(204)
    expect(await response.text()).toBe('')
  })

  test('401 keeps the cookie, which may be a newer session’s', async () => {
    reply = () => ({ status: 401, body: '{"message":"denied"}' })
    const response = await ask(lbs)
    expect(response.status).toBe(401)
    expect(response.headers.get('set-cookie')).toBeNull()
    expect(await response.json()).toMatchObject({ type: 'denied_authentication' })
  })

  test('a redirect is not followed', async () => {
    reply = () => ({ status: 302, headers: { location: '/elsewhere' } })
    expect((await ask(lbs)).status).toBe(502)
    expect(controlPlane.received).toHaveLength(1)
  })
})

describe('a control plane without a response', () => {
  test('is 503 with the reason if it is down', async () => {
    const gone = await startControlPlaneServer(() => ok)
    await gone.stop()
    stubConsoleSettings({ apiUrl: gone.url })
    try {
      const response = await ask(lbs)
      expect(response.status).toBe(503)
      expect(response.headers.get('cache-control')).toBe('no-store')
      const { type, message } = await response.json()
      expect(type).toBe('unavailable')
      expect(message).toMatch(/not reachable.*keep serving/)
    } finally {
      stubConsoleSettings({ apiUrl: controlPlane.url })
    }
  })

  test.each([
    ['GET', /does not answer in time/],
    ['POST', /may have been made/],
  ])('is given up in time: %s', async (method, words) => {
    reply = () => null
    const call = { method, path: lbs, token: TOKEN, clientIp: null }
    const access = { url: controlPlane.url, secret: SECRET }
    const failure = await callControlPlane(call, access, 50).catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(ControlPlaneUnavailable)
    expect((failure as Error).message).toMatch(words)
  })
})

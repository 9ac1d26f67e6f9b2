import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { stubConsoleSettings } from '#lib/testing/bff/console-settings.ts'
import { startControlPlaneServer } from '#lib/testing/bff/control-plane-server.ts'
import { admitBody } from './body-gate.ts'

const TOKEN = 'a-session-token-of-some-length'
const COOKIE = `Cookie: fairlead_session=${TOKEN}\r\n`
const CHUNKED = 'Transfer-Encoding: chunked\r\n'
const ofLength = (length: number) => `Content-Length: ${length}\r\n`

let known = 200
let asked = 0
let most = 0
let passed: string[] = []
let port = 0
const server = createServer(async (request, response) => {
  if (!(await admitBody(request, response))) return
  passed.push(`${request.method} ${request.url}`)
  if (request.url !== '/api/setup?wait') return response.end('passed')
  request.on('error', () => {})
  request.resume().once('end', () => response.end('read'))
})
let controlPlane: Awaited<ReturnType<typeof startControlPlaneServer>>

beforeAll(async () => {
  controlPlane = await startControlPlaneServer(() => ({ status: known, body: '{}' }))
  stubConsoleSettings({ apiUrl: controlPlane.url })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  port = (server.address() as AddressInfo).port
})
afterEach(() => {
  known = 200
  passed = []
  controlPlane.received.length = 0
})
afterAll(async () => {
  vi.unstubAllEnvs()
  server.closeAllConnections()
  server.close()
  await controlPlane.stop()
})

/** Sends a request head without its body. @returns the response's status and body */
function ask(method: string, path: string, headers: string): Promise<[number, string]> {
  const socket = connect(port, '127.0.0.1')
  onTestFinished(() => void socket.destroy())
  socket.write(`${method} ${path} HTTP/1.1\r\nHost: x\r\n${headers}\r\n`)
  return new Promise((resolve, reject) => {
    let text = ''
    socket.on('data', (bytes) => {
      text += bytes
      const [head = '', body = ''] = text.split('\r\n\r\n')
      const length = Number(/^content-length: (\d+)/im.exec(head)?.[1])
      if (body.length >= length) resolve([Number(head.split(' ')[1]), body])
    })
    socket.once('error', reject)
  })
}

const statusOf = async (method: string, path: string, headers: string) =>
  (await ask(method, path, headers))[0]

describe('before a body is read', () => {
  const RELAYED = ['/api/lb/v1/regions/fr-par/lbs', '/api/account/password', '/api/session/']

  test.each(RELAYED)('the session is checked with the control plane: %s', async (path) => {
    for (const framing of [ofLength(1000), CHUNKED]) {
      expect(await statusOf('POST', path, COOKIE + framing)).toBe(200)
      known = 401
      const refused = await ask('POST', path, COOKIE + framing)
      expect([refused[0], JSON.parse(refused[1]).message]).toEqual([401, 'Log in to continue.'])
      known = 200
      expect(await statusOf('POST', path, framing)).toBe(401)
    }
    expect(passed).toHaveLength(2)
    expect(controlPlane.received).toHaveLength(4)
    for (const { method, url, headers } of controlPlane.received) {
      expect([method, url, headers.authorization]).toEqual([
        ...['GET', '/fairlead/v1/session', `Bearer ${TOKEN}`],
      ])
    }
  })

  const UNAUTHENTICATED = [
    '/api/session',
    '/api/setup',
    '/api/invitation',
    '/api/invitation/accept?x=1',
  ]

  test.each(UNAUTHENTICATED)(
    'an unauthenticated body needs a Content-Length of at most 16 KiB: %s',
    async (path) => {
      expect(await statusOf('POST', path, ofLength(16 * 1024))).toBe(200)
      const large = await ask('POST', path, ofLength(16 * 1024 + 1))
      expect([large[0], JSON.parse(large[1]).message]).toEqual([
        413,
        'The request is larger than 16 KiB.',
      ])
      expect(await statusOf('POST', path, CHUNKED)).toBe(411)
      expect([passed.length, controlPlane.received.length]).toEqual([1, 0])
    },
  )

  test('a body over 1 MiB and a body for a page are refused, even with a session', async () => {
    const large = await ask('POST', RELAYED[0] ?? '', COOKIE + ofLength(1024 * 1024 + 1))
    expect([large[0], JSON.parse(large[1]).message]).toEqual([
      413,
      'The request is larger than 1 MiB.',
    ])
    for (const path of ['/login', '/', '/apix', '//api/session'])
      expect([path, (await ask('POST', path, COOKIE + ofLength(1)))[0]]).toEqual([path, 413])
    expect([passed.length, controlPlane.received.length]).toEqual([0, 0])
  })
})

test('a request without a body passes', async () => {
  expect(await ask('GET', '/login', '')).toEqual([200, 'passed'])
  expect(await ask('DELETE', '/api/session', '')).toEqual([200, 'passed'])
  expect(await ask('POST', '/api/lb/v1/x', ofLength(0))).toEqual([200, 'passed'])
  expect(controlPlane.received).toEqual([])
})

test('at most 16 sessions are checked at once, 32 requests wait, and the rest gets 503', async () => {
  let release = () => {}
  const released = new Promise<void>((resolve) => {
    release = resolve
  })
  const slow = createServer(async (_request, response) => {
    asked += 1
    most = Math.max(most, asked)
    await released
    asked -= 1
    response.writeHead(401).end('{}')
  })
  await new Promise<void>((resolve) => slow.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    slow.closeAllConnections()
    slow.close()
    stubConsoleSettings({ apiUrl: controlPlane.url })
  })
  stubConsoleSettings({ apiUrl: `http://127.0.0.1:${(slow.address() as AddressInfo).port}` })
  const statuses: number[] = []
  const all = Array.from({ length: 90 }, async () => {
    statuses.push(await statusOf('PUT', '/api/lb/v1/x', COOKIE + CHUNKED))
  })
  await expect.poll(() => statuses).toEqual(Array.from({ length: 42 }, () => 503))
  expect(asked).toBe(16)
  release()
  await Promise.all(all)
  expect(statuses.slice(42)).toEqual(Array.from({ length: 48 }, () => 401))
  expect(most).toBe(16)
})

test('at most 32 slow unauthenticated bodies are read at once, and a complete one is always answered', async () => {
  const begin = (text: string) => {
    const socket = connect(port, '127.0.0.1')
    onTestFinished(() => void socket.destroy())
    socket.on('error', () => {})
    socket.write(`POST /api/setup?wait HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n${text}`)
    return socket
  }
  const first = Array.from({ length: 32 }, () => begin('slow'))
  await expect.poll(() => passed.length).toBe(32)
  // Complete bodies have released their slots.
  for (let at = 0; at < 40; at += 1) {
    expect(String(await once(begin('123456789'), 'data'))).toContain('200 OK')
  }
  await expect.poll(() => first.filter(({ closed }) => closed).length).toBe(1)
  const second = Array.from({ length: 31 }, () => begin('slow'))
  await expect.poll(() => first.filter(({ closed }) => closed).length).toBe(31)
  expect(second.filter(({ closed }) => closed)).toEqual([])
})

test('without a control plane the response is 503 with the reason', async () => {
  stubConsoleSettings({ apiUrl: 'http://127.0.0.1:1' })
  const [status, body] = await ask('POST', '/api/lb/v1/x', COOKIE + ofLength(9))
  stubConsoleSettings({ apiUrl: controlPlane.url })
  expect([status, JSON.parse(body).type]).toEqual([503, 'unavailable'])
})

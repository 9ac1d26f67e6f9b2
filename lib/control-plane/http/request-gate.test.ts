import { request } from 'node:http'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { knownHosts } from '#lib/core/known-hosts.ts'
import {
  type RunningControlPlane,
  runControlPlane,
  SECRET_KEY,
} from '#lib/testing/control-plane/running-control-plane.ts'
import { credentialOf } from '#lib/testing/control-plane/test-nodes.ts'

const LBS = '/lb/v1/regions/fr-par/lbs'
const ADMIN = { email: 'ada@example.com', password: 'correct-horse-battery-9' }
const token = { 'x-auth-token': SECRET_KEY }

let controlPlane: RunningControlPlane
let address: { hostname: string; port: string }

beforeAll(async () => {
  const known = knownHosts('127.0.0.1', 'https://console.example', ['api.internal'])
  controlPlane = await runControlPlane({ known, admin: ADMIN })
  address = new URL(controlPlane.url)
})
afterAll(() => controlPlane.stop())

/** Sends a target and headers unchanged, unlike fetch. */
function send(
  method: string,
  path: string,
  headers: Record<string, string>,
  body = '',
): Promise<{ status: number; json: { message?: string; type?: string } }> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = address
    const asked = request({ hostname, port, method, path, headers }, async (response) => {
      const read = await text(response)
      resolve({ status: response.statusCode ?? 0, json: read ? JSON.parse(read) : {} })
    })
    asked.on('error', reject).end(body)
  })
}

describe('the host of a request', () => {
  test.each(['127.0.0.1', 'localhost:1', 'console.example', 'API.internal:3001'])(
    '%s is known',
    async (host) => {
      expect((await send('GET', LBS, { host, ...token })).status).toBe(200)
    },
  )

  test.each([
    ['GET', LBS, token],
    ['GET', '/healthz', {}],
    ['GET', '/fairlead/v1/metrics', { authorization: `Bearer ${SECRET_KEY}` }],
    ['POST', '/nodes/v1/report', { authorization: `Bearer ${credentialOf('fr-par-a')}` }],
    ['POST', '/fairlead/v1/session', {}],
    ['GET', '/nothing/here', {}],
  ])('is checked first, and refused if it is unknown: %s %s', async (method, path, headers) => {
    for (const host of ['evil.example', `evil.example:${address.port}`, '127.0.0.2', '0.0.0.0']) {
      const body = method === 'POST' ? JSON.stringify(ADMIN) : ''
      const more = { host, 'content-type': 'application/json' }
      const { status, json } = await send(method, path, { ...headers, ...more }, body)
      expect([host, status, json.type]).toEqual([host, 421, 'misdirected_request'])
      expect(json.message).toContain('FAIRLEAD_ALLOWED_HOSTS')
    }
  })
})

describe('a web page of another origin', () => {
  test.each([
    ['POST', { 'sec-fetch-site': 'cross-site' }],
    ['POST', { 'sec-fetch-site': 'same-site', origin: 'http://127.0.0.1:3000' }],
    ['POST', { origin: 'http://evil.example' }],
    ['POST', { origin: 'null' }],
    ['GET', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' }],
    ['POST', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' }],
  ])('is refused: %s %o', async (method, headers) => {
    const { status, json } = await send(method, '/fairlead/v1/session', {
      ...(headers as Record<string, string>),
      'content-type': 'application/json',
    })
    expect([status, json.type]).toEqual([403, 'permissions_denied'])
  })

  test('adds no line to the audit log, which it could fill', async () => {
    const login = await send(
      'POST',
      '/fairlead/v1/session',
      { 'content-type': 'application/json' },
      JSON.stringify(ADMIN),
    )
    const { token: session } = login.json as { token: string }
    const audit = await controlPlane.call('GET', '/fairlead/v1/audit?kind=denials', undefined, {
      Authorization: `Bearer ${session}`,
    })
    expect([audit.status, audit.body.lines]).toEqual([200, []])
  })

  test('can link to it, and programs without an Origin are accepted', async () => {
    const link = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' }
    expect((await send('GET', '/healthz', link)).status).toBe(200)
    expect((await send('POST', LBS, token, '{"name":"x"}')).status).not.toBe(403)
  })
})

test.each([
  '/%ff',
  `${LBS}/%`,
  `${LBS}?name=%zz`,
  '/lb/v1/regions/%c0%af/lbs',
  'http://localhost/',
])('the malformed target %s is refused', async (path) => {
  const { status, json } = await send('GET', path, token)
  expect([status, json.type]).toEqual([400, 'bad_request'])
})

test('a request for an upgrade is answered like any other, and its connection ends', async () => {
  const socket = connect(Number(address.port), address.hostname)
  const upgrade = 'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: AAAA\r\n'
  socket.write(`GET /healthz HTTP/1.1\r\nHost: localhost\r\n${upgrade}\r\n`)
  expect(await text(socket)).toMatch(/^HTTP\/1\.1 200 OK\r\n/)
})

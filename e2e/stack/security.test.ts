import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { request } from 'node:http'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Lb } from '#lib/core/lb.ts'
import { ownAddresses } from '#lib/testing/loopback.ts'
import { startNginx, type WebServer } from '#lib/testing/programs/nginx.ts'
import { waitFor } from '#lib/testing/wait.ts'
import { Api, backendOf } from '../support/api.ts'
import { ADMIN, type Installation, startInstallation } from '../support/installation.ts'

const PORT = 8191
/** The console's limit (`lib/bff/main.ts`). */
const CONNECTIONS_MAX = 1000
const EVIL = 'https://evil.example'

/** Makes every process throw an uncaught exception on a signal. */
const PLANT =
  "--import=data:text/javascript,process.on('SIGUSR2',()=>{void(Promise.reject(Error('planted')))})"

let installation: Installation
let api: Api
let server: WebServer
let lb: Lb
let cookie = ''

beforeAll(async () => {
  const [address = ''] = ownAddresses(1)
  server = await startNginx('web', address, PORT)
  installation = await startInstallation({ env: { NODE_OPTIONS: PLANT } })
  api = new Api(installation)
  lb = await api.ok<Lb>('POST', '/lb/v1/regions/fr-par/lbs', {
    name: 'site',
    backends: [backendOf([address], PORT)],
    frontends: [{ name: 'http', inbound_port: 8000, backend: 'web' }],
  })
  await api.waitForStatus(lb.id, 'ready')
  const opened = await fromConsole('/api/session', {
    method: 'POST',
    headers: { origin: installation.consoleUrl, 'content-type': 'application/json' },
    body: JSON.stringify(ADMIN),
  })
  cookie = opened.headers.get('set-cookie')?.split(';')[0] ?? ''
})

afterAll(async () => {
  await installation?.remove()
  await server?.remove()
})

const fromConsole = (path: string, init: RequestInit = {}) =>
  fetch(installation.consoleUrl + path, { redirect: 'manual', ...init })

/** The login page and its scripts. */
async function scripts(): Promise<string[]> {
  const page = await (await fromConsole('/login')).text()
  const found = [...page.matchAll(/\/_next\/static\/[\w./-]+\.js/g)].map(([path]) => path)
  return [...new Set(found)]
}

describe('every kind of response of the console', () => {
  type Kind = [name: string, status: number, ask: () => Promise<Response>]
  const asked = (path: string, headers: Record<string, string> = {}) =>
    fromConsole(path, { headers: { origin: EVIL, ...headers } })
  const KINDS: Kind[] = [
    ['a page', 200, () => asked('/network/load-balancers', { cookie })],
    ['the login', 200, () => asked('/login')],
    ['a redirect', 307, () => asked('/network/load-balancers')],
    ['no page', 404, () => asked('/nothing/here', { cookie })],
    ['an icon', 200, () => asked('/icon.svg')],
    ['a script', 200, async () => asked((await scripts())[0] ?? '')],
    ['data', 200, () => asked('/api/fairlead/v1/lbs', { cookie })],
    ['an error', 404, () => asked('/api/fairlead/v1/lbs/none', { cookie })],
    ['a stranger', 401, () => asked('/api/fairlead/v1/lbs')],
    [
      'another site',
      403,
      () => fromConsole('/api/session', { method: 'POST', headers: { origin: EVIL } }),
    ],
  ]

  test.each(KINDS)(
    '%s (%i) has the security headers, and no CORS headers',
    async (_, status, ask) => {
      const response = await ask()
      await response.arrayBuffer()
      expect(response.status).toBe(status)
      const headers = Object.fromEntries(response.headers)
      expect(headers).toMatchObject({
        'content-security-policy': expect.stringContaining("frame-ancestors 'none'"),
        'x-content-type-options': 'nosniff',
        'cross-origin-opener-policy': 'same-origin',
        'referrer-policy': 'same-origin',
      })
      expect(Object.keys(headers).filter((name) => name.startsWith('access-control-'))).toEqual([])
      expect(headers).not.toHaveProperty('x-powered-by')
    },
  )

  test.each([
    '/network/load-balancers',
    '/account/security',
    '/api/fairlead/v1/lbs',
    '/api/session',
  ])('%s is not cacheable', async (path) => {
    const response = await fromConsole(path, { headers: { cookie } })
    expect([response.status, response.headers.get('cache-control')]).toEqual([
      200,
      expect.stringContaining('no-store'),
    ])
  })
})

describe('an unauthenticated client gets', () => {
  test('no source maps', async () => {
    const paths = await scripts()
    expect(paths.length).toBeGreaterThan(5)
    for (const path of paths) {
      const script = await (await fromConsole(path)).text()
      expect(script).not.toContain('sourceMappingURL')
      const map = await fromConsole(`${path}.map`, { headers: { cookie } })
      expect([path, map.status]).toEqual([path, 404])
    }
  })

  test.each([
    '/metrics',
    '/api/metrics',
    '/api/healthz',
    '/_next/webpack-hmr',
    '/__nextjs_original-stack-frames',
    '/.env',
    '/.git/config',
    '/package.json',
    '/_next/static/../../package.json',
    '/_next/%2e%2e/package.json',
    '/api/nodes/v1/config',
  ])('nothing of the console at %s', async (path) => {
    const { status } = await fromConsole(path, { headers: { cookie } })
    expect([400, 404, 307, 308]).toContain(status)
  })

  test.each([
    ['GET', '/fairlead/v1/metrics'],
    ['GET', '/fairlead/v1/openapi.json'],
    ['POST', '/nodes/v1/config'],
    ['POST', '/nodes/v1/report'],
  ])('nothing of the API without a secret: %s %s', async (method, path) => {
    const claims: Record<string, string>[] = [
      {},
      { authorization: 'Bearer guessed' },
      { authorization: `Bearer ${installation.secretKey}x` },
      { 'x-fairlead-client-ip': '127.0.0.1', 'x-forwarded-for': '127.0.0.1' },
    ]
    for (const headers of claims) {
      const { status } = await fetch(installation.apiUrl + path, { method, headers })
      expect([path, status]).toEqual([path, 401])
    }
  })

  test('a response body without the session’s secret', async () => {
    const secret = cookie.slice(cookie.indexOf('=') + 1)
    expect(secret.length).toBeGreaterThan(40)
    for (const path of [
      '/network/load-balancers',
      '/account/security',
      '/api/session',
      '/api/fairlead/v1/sessions',
    ]) {
      const body = await (await fromConsole(path, { headers: { cookie } })).text()
      expect([path, body.includes(secret)]).toEqual([path, false])
    }
  })
})

/** Sends the bytes of a request target unchanged. */
function raw(base: string, path: string, headers: Record<string, string>): Promise<string> {
  const { hostname, port } = new URL(base)
  return new Promise((resolve, reject) => {
    const sent = request({ hostname, port, path, headers, agent: false }, (response) => {
      let body = ''
      response.on('data', (part) => {
        body += part
      })
      response.on('end', () => resolve(body))
    })
    sent.on('error', reject).end()
  })
}

test.each(['/network', '//h/x', '/_next/webpack-hmr'])(
  'an upgrade of %s to the console is answered without one, and the connection is closed',
  async (path) => {
    const { hostname, port, host } = new URL(installation.consoleUrl)
    const socket = connect(Number(port), hostname)
    const head = `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade\r\nUpgrade: websocket`
    const key = 'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=='
    socket.write(`${head}\r\n${key}\r\n\r\n`)
    const answer = await text(socket)
    expect(answer).toMatch(/^HTTP\/1\.1 (?:307|308|404) /)
    expect(answer).toContain("frame-ancestors 'none'")
  },
)

test('idle connections up to the console’s limit lock nobody out: the longest idle one is closed', async () => {
  const { hostname, port } = new URL(installation.consoleUrl)
  const held: Socket[] = []
  for (let at = 0; at < CONNECTIONS_MAX; at += 1) {
    const socket = connect(Number(port), hostname).on('error', () => {})
    await once(socket, 'connect')
    held.push(socket.resume())
  }
  expect((await fromConsole('/login')).status).toBe(200)
  await waitFor('the first is closed', () => held[0]?.closed)
  expect(held.at(-1)?.closed).toBe(false)
  for (const socket of held) socket.destroy()
})

test('errors reveal no internals', async () => {
  const token = { 'x-auth-token': installation.secretKey }
  const bodies = [
    ...['/%', '/login?next=%ff', '/network/load-balancers/%00', '/_next/image?url=x', '/api/%'].map(
      (path) => raw(installation.consoleUrl, path, { cookie }),
    ),
    ...['/%', '/lb/v1/regions/%ff/lbs', '/fairlead/v1/lbs/%00', '/fairlead/v1/search?q=%ff'].map(
      (path) => raw(installation.apiUrl, path, token),
    ),
  ]
  for (const body of await Promise.all(bodies)) {
    expect(body).not.toMatch(/\.(ts|mjs|js):\d+|node_modules|\bat \w+ \(|SQLITE|node:internal/)
  }
})

test('an uncaught exception ends no process and loses no request', async () => {
  const url = `http://${lb.ip[0]?.ip_address}:8000/`
  const titles = ['supervisor', 'control-plane', 'console', 'node fr-par-a', 'node fr-par-b']
  const processes = titles.map((title) => installation.process(`fairlead ${title}`))
  let asked = 0
  const lost: unknown[] = []
  let done = false
  const clients = Array.from({ length: 4 }, async () => {
    while (!done) {
      asked += 1
      await fetch(url).then(
        (response) => response.text(),
        (error) => lost.push(error),
      )
    }
  })
  for (const { pid } of processes) process.kill(pid, 'SIGUSR2')
  const logs = ['control-plane', 'console', 'node fr-par-a', 'node fr-par-b']
  const logged = () =>
    [
      installation.output(),
      ...logs.map((name) =>
        readFileSync(join(installation.dataDir, 'logs', `${name.replace(' ', '-')}.log`), 'utf8'),
      ),
    ].filter((text) => text.includes('planted'))
  await waitFor('every process has told of it', () => logged().length === titles.length)
  await waitFor('it goes on', () => asked > 100)
  done = true
  await Promise.all(clients)
  process.stdout.write(`${asked} requests meanwhile, ${lost.length} lost\n`)
  expect(lost).toEqual([])
  const after = titles.map((title) => installation.process(`fairlead ${title}`))
  expect(after).toEqual(processes)
  expect((await api.call('GET', '/fairlead/v1/lbs')).status).toBe(200)
  expect((await fromConsole('/login')).status).toBe(200)
})

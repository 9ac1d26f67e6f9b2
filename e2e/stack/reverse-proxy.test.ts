import { get, type IncomingHttpHeaders } from 'node:http'
import { request } from 'node:https'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Lb } from '#lib/core/lb.ts'
import type { ServerProgram } from '#lib/testing/programs/server-program.ts'
import { Api } from '../support/api.ts'
import { startHttpsProxy } from '../support/https-proxy.ts'
import { ADMIN, type Installation, startInstallation } from '../support/installation.ts'

const NAME = 'console.example'

/** What a proxy may do with `Host`: replace it, like nginx by default, or forward it. */
const PROXIES = { 'its own Host': '', 'the Host it got': 'proxy_set_header Host $http_host;' }
const KINDS = Object.keys(PROXIES) as (keyof typeof PROXIES)[]

let proxied: Installation
let direct: Installation
let lb: Lb
const proxies: Partial<Record<string, ServerProgram>> = {}
let plain: ServerProgram

beforeAll(async () => {
  proxied = await startInstallation({
    env: { FAIRLEAD_PUBLIC_URL: `https://${NAME}`, FAIRLEAD_ALLOWED_HOSTS: 'lb.internal' },
  })
  direct = await startInstallation()
  for (const kind of KINDS) {
    proxies[kind] = await startHttpsProxy(proxied.consoleUrl, PROXIES[kind])
  }
  plain = await startHttpsProxy(direct.consoleUrl)
  lb = await new Api(proxied).ok<Lb>('POST', '/lb/v1/regions/fr-par/lbs', { name: 'site' })
})

afterAll(async () => {
  for (const proxy of [...Object.values(proxies), plain]) await proxy?.remove()
  await Promise.all([proxied?.remove(), direct?.remove()])
})

type Answer = { status: number; headers: IncomingHttpHeaders; body: string }

/** Sends a request through a proxy like a browser with the public host name. @param first returns only the first bytes */
function ask(
  proxy: ServerProgram | undefined,
  method: string,
  path: string,
  headers: Record<string, string>,
  { data, first = false }: { data?: object; first?: boolean } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const to = { host: proxy?.address, port: proxy?.port, servername: NAME }
    const all = { host: NAME, ...(data && { 'content-type': 'application/json' }), ...headers }
    const options = { ...to, method, path, headers: all, agent: false, rejectUnauthorized: false }
    const asked = request(options, (response) => {
      const answer = { status: response.statusCode ?? 0, headers: response.headers, body: '' }
      response.setEncoding('utf8').on('data', (text) => {
        answer.body += text
        if (!first) return
        resolve(answer)
        asked.destroy()
      })
      response.on('end', () => resolve(answer))
    })
    asked.on('error', reject).end(data && JSON.stringify(data))
  })
}

const logIn = (proxy: ServerProgram | undefined, headers: Record<string, string>) =>
  ask(proxy, 'POST', '/api/session', headers, { data: ADMIN })

const cookieOf = ({ headers }: { headers: IncomingHttpHeaders }) =>
  String(headers['set-cookie']?.[0]).split(';')[0] as string

const ORIGIN = { origin: `https://${NAME}` }

describe.each(KINDS)('behind nginx that sends %s', (kind) => {
  const proxy = () => proxies[kind]

  test.each([
    ['Origin alone', ORIGIN],
    ['Sec-Fetch-Site alone', { 'sec-fetch-site': 'same-origin' }],
    ['both', { ...ORIGIN, 'sec-fetch-site': 'same-origin' }],
  ])('%s proves a login', async (_, headers) => {
    const answer = await logIn(proxy(), headers as Record<string, string>)
    expect([answer.status, answer.body]).toEqual([201, expect.stringContaining(ADMIN.email)])
    expect(answer.headers['set-cookie']).toEqual([
      expect.stringMatching(/^__Host-fairlead_session_[0-9a-f]{12}=.*; HttpOnly; .*; Secure$/),
      expect.stringMatching(/^__Host-fairlead_device_[0-9a-f]{12}=.*; HttpOnly; .*; Secure$/),
    ])
  })

  test.each([
    ['no proof', {}],
    ['another site', { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }],
    ['another site, without Sec-Fetch-Site', { origin: 'https://evil.example' }],
    ['another port', { origin: `https://${NAME}:8443`, 'sec-fetch-site': 'same-site' }],
    [
      'a name that resolves to the proxy',
      { origin: 'https://evil.example', 'sec-fetch-site': 'same-origin' },
    ],
  ])('a login from %s is refused', async (_, headers) => {
    expect((await logIn(proxy(), headers as Record<string, string>)).status).toBe(403)
  })

  test('pages, reads, changes and live updates work', async () => {
    const cookie = cookieOf(await logIn(proxy(), ORIGIN))
    const page = await ask(proxy(), 'GET', '/network/load-balancers', { cookie })
    expect([page.status, page.headers['strict-transport-security']]).toEqual([
      200,
      'max-age=31536000',
    ])
    expect(page.body).toContain('site')

    const path = `/api/lb/v1/regions/fr-par/lbs/${lb.id}`
    const read = await ask(proxy(), 'GET', path, { cookie, 'sec-fetch-site': 'same-origin' })
    expect([read.status, read.headers.etag]).toEqual([200, expect.any(String)])
    const change = { cookie, ...ORIGIN, 'if-match': '"another"' }
    const data = { name: 'site', description: '', tags: [] }
    expect((await ask(proxy(), 'PUT', path, change, { data })).status).toBe(412)
    const current = { ...change, 'if-match': String(read.headers.etag) }
    expect((await ask(proxy(), 'PUT', path, current, { data })).status).toBe(200)

    const events = '/api/fairlead/v1/events'
    const live = await ask(proxy(), 'GET', events, { cookie }, { first: true })
    expect([live.status, live.headers['content-type']]).toEqual([200, 'text/event-stream'])
  })

  test('a redirect leads to the public address', async () => {
    const { status, headers } = await ask(proxy(), 'GET', '/network/load-balancers', {})
    expect(status).toBe(307)
    const { origin, pathname } = new URL(String(headers.location), `https://${NAME}`)
    expect([origin, pathname]).toEqual([`https://${NAME}`, '/login'])
  })
})

test('a proxy that forwards an unknown host name gets 421', async () => {
  const { status, body } = await ask(proxies[KINDS[1] as string], 'GET', '/login', {
    host: 'other.example',
  })
  expect([status, JSON.parse(body).type]).toEqual([421, 'misdirected_request'])
})

test('without the public URL, Sec-Fetch-Site proves a login behind a plain proxy', async () => {
  expect((await logIn(plain, { ...ORIGIN, 'sec-fetch-site': 'same-origin' })).status).toBe(201)
  expect((await logIn(plain, ORIGIN)).status).toBe(403)
})

test('console and API accept the hosts of the public URL and FAIRLEAD_ALLOWED_HOSTS', async () => {
  const statusOf = (url: string, host: string) =>
    new Promise<number>((resolve, reject) => {
      get(url, { headers: { host } }, (response) => {
        response.resume()
        resolve(response.statusCode ?? 0)
      }).on('error', reject)
    })
  for (const url of [`${proxied.consoleUrl}/login`, `${proxied.apiUrl}/healthz`]) {
    const statuses: [string, number][] = []
    const hosts = ['lb.internal', NAME, 'localhost', '127.0.0.1', 'evil.example', '127.0.0.2']
    for (const host of hosts) statuses.push([host, await statusOf(url, host)])
    expect(Object.fromEntries(statuses)).toEqual({
      'lb.internal': 200,
      [NAME]: 200,
      localhost: 200,
      '127.0.0.1': 200,
      'evil.example': 421,
      '127.0.0.2': 421,
    })
  }
})

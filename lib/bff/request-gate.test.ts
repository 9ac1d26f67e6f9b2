import { createServer, request as httpRequest, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseTrustedProxies } from '#lib/core/client-address.ts'
import { knownHosts } from '#lib/core/known-hosts.ts'
import { admit } from './request-gate.ts'

/** The requests that passed the gate, as Next would see them. */
let seen: IncomingHttpHeaders[] = []
let url = ''
let trustedProxies = parseTrustedProxies()
const known = knownHosts('127.0.0.1', null, ['console.example'])
const server = createServer((request, response) => {
  if (!admit(request, response, { known, trustedProxies, dev: false })) return
  seen.push(request.headers)
  response.end('page')
})

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
})

const nonceOf = (policy: string | null) => /'nonce-([^']+)'/.exec(policy ?? '')?.[1]

async function get(path: string, headers: Record<string, string> = {}) {
  seen = []
  const response = await fetch(url + path, { headers })
  await response.text()
  return response
}

describe('every response', () => {
  test('has a content security policy and the other security headers', async () => {
    const { headers } = await get('/')
    expect(Object.fromEntries(headers)).toMatchObject({
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'cross-origin-opener-policy': 'same-origin',
      'referrer-policy': 'same-origin',
      'permissions-policy': expect.stringContaining('camera=()'),
    })
    const policy = headers.get('content-security-policy') ?? ''
    const scripts = policy.split('; ').find((rule) => rule.startsWith('script-src'))
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain("frame-ancestors 'none'")
    expect(policy).toContain("base-uri 'none'")
    expect(scripts).toMatch(/^script-src 'nonce-[^']+' 'strict-dynamic'$/)
    expect(headers.get('access-control-allow-origin')).toBeNull()
  })

  test('has its own nonce, which Next gets', async () => {
    const nonces = new Set<string | undefined>()
    for (let i = 0; i < 5; i++) {
      const { headers } = await get('/')
      const nonce = nonceOf(headers.get('content-security-policy'))
      expect(Buffer.from(nonce ?? '', 'base64')).toHaveLength(16)
      expect(nonceOf(String(seen[0]?.['content-security-policy']))).toBe(nonce)
      nonces.add(nonce)
    }
    expect(nonces.size).toBe(5)
  })

  test('has HSTS only over https', async () => {
    const header = 'strict-transport-security'
    const cookie = `__Host-fairlead_session=${'a'.repeat(32)}`
    expect((await get('/')).headers.get(header)).toBeNull()
    expect((await get('/', { cookie })).headers.get(header)).toBe('max-age=31536000')
  })
})

describe('a forwarding header', () => {
  test('of an untrusted client is dropped', async () => {
    await get('/network?x=1', {
      'x-fairlead-client-ip': '203.0.113.9',
      'x-fairlead-bff-secret': 'guessed',
      'x-fairlead-path': '//example.com',
      'x-forwarded-for': '203.0.113.9',
      'x-forwarded-host': 'example.com',
      'x-forwarded-proto': 'https',
      'x-real-ip': '203.0.113.9',
      forwarded: 'for=203.0.113.9',
      'content-security-policy': "script-src 'nonce-chosen'",
    })
    const [headers] = seen
    expect(headers).toMatchObject({
      'x-fairlead-client-ip': '127.0.0.1',
      'x-fairlead-path': '/network?x=1',
    })
    const names = Object.keys(headers ?? {})
    expect(names.filter((name) => /forwarded|real-ip|bff-secret/.test(name))).toEqual([])
    expect(String(headers?.['content-security-policy'])).not.toContain('chosen')
  })

  test('of a trusted proxy is read, and dropped', async () => {
    trustedProxies = parseTrustedProxies('127.0.0.0/8')
    await get('/', {
      'x-forwarded-for': '192.0.2.1, 203.0.113.9',
      'x-fairlead-client-ip': '192.0.2.2',
    })
    expect(seen[0]).toMatchObject({ 'x-fairlead-client-ip': '203.0.113.9' })
    expect(Object.keys(seen[0] ?? {})).not.toContain('x-forwarded-for')
    trustedProxies = parseTrustedProxies()
  })

  test('that contradicts the trusted proxy’s is refused', async () => {
    trustedProxies = parseTrustedProxies('127.0.0.0/8')
    const forged = { 'x-forwarded-for': '203.0.113.9', forwarded: 'for=192.0.2.1' }
    expect((await get('/', forged)).status).toBe(400)
    trustedProxies = parseTrustedProxies()
    expect((await get('/', forged)).status).toBe(200)
    expect(seen.length).toBe(1)
  })

  test.each([
    ['/network?_rsc=1a2b', '/network'],
    ['/network?_rsc=1a2b&page=2', '/network?page=2'],
    ['/network?page=2&_rsc=1a2b', '/network?page=2'],
  ])('page %s is %s', async (path, page) => {
    await get(path)
    expect(seen[0]?.['x-fairlead-path']).toBe(page)
  })
})

describe('a change', () => {
  test.each([
    ['POST', { origin: 'http://example.com' }],
    ['DELETE', {}],
    ['PUT', { 'sec-fetch-site': 'cross-site' }],
  ])('without proof of its origin is refused: %s %o', async (method, headers) => {
    seen = []
    const response = await fetch(url, { method, headers: headers as Record<string, string> })
    expect(response.status).toBe(403)
    expect(await response.json()).toMatchObject({ type: 'permissions_denied' })
    expect(response.headers.get('content-security-policy')).toContain("frame-ancestors 'none'")
    expect(seen).toEqual([])
  })

  test("from the console's own pages passes", async () => {
    const response = await fetch(url, { method: 'POST', headers: { origin: url } })
    expect(response.status).toBe(200)
  })
})

/** Sends the target and headers unchanged, which fetch doesn't. */
async function send(target: string, headers: Record<string, string> = {}, method = 'GET') {
  seen = []
  const { hostname, port } = new URL(url)
  return new Promise<{ status: number; body: string }>((resolve, reject) => {
    const asked = httpRequest({ hostname, port, path: target, headers, method }, (response) => {
      let body = ''
      response.setEncoding('utf8').on('data', (text) => (body += text))
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }))
    })
    asked.on('error', reject).end()
  })
}

describe('the host of a request', () => {
  test.each(['localhost', 'LOCALHOST:1', '127.0.0.1', 'console.example:8443'])(
    '%s is known',
    async (host) => {
      expect(await send('/', { host })).toEqual({ status: 200, body: 'page' })
    },
  )

  test.each([
    'evil.example',
    'evil.example:3000',
    '0.0.0.0',
    '127.0.0.2',
    'localhost.evil.example',
  ])('%s is refused, and Next never sees it', async (host) => {
    const origin = `http://${host}`
    for (const [method, path] of [
      ['GET', '/login'],
      ['GET', '/_next/static/x.js'],
      ['POST', '/api/session'],
    ] as const) {
      const { status, body } = await send(path, { host, origin }, method)
      expect([method, path, status]).toEqual([method, path, 421])
      const { type, message } = JSON.parse(body)
      expect(type).toBe('misdirected_request')
      expect(message).toContain(`"${host}"`)
      expect(message).toContain('add the name to FAIRLEAD_ALLOWED_HOSTS')
    }
    expect(seen).toEqual([])
  })
})

describe('a request of a page of another origin', () => {
  const from = (site: string, mode = 'cors') => ({ 'sec-fetch-site': site, 'sec-fetch-mode': mode })

  test.each([
    ['/api/fairlead/v1/lbs', from('cross-site', 'no-cors'), 403],
    ['/api/fairlead/v1/lbs', from('same-site'), 403],
    ['/api/fairlead/v1/events', from('cross-site', 'navigate'), 403],
    ['/%61pi/fairlead/v1/lbs', from('cross-site', 'navigate'), 403],
    ['//api/fairlead/v1/lbs', from('cross-site', 'navigate'), 403],
    ['/network', from('cross-site', 'no-cors'), 403],
    ['/icon.svg', from('same-site', 'no-cors'), 403],
    ['/network', from('cross-site', 'navigate'), 200],
    ['/invite', from('same-site', 'navigate'), 200],
    ['/api/fairlead/v1/lbs', from('same-origin'), 200],
    ['/api/fairlead/v1/lbs', from('none', 'navigate'), 200],
    ['/api/fairlead/v1/lbs', {}, 200],
  ])('GET %s with %o is %i', async (path, headers, status) => {
    for (const method of ['GET', 'HEAD']) {
      expect((await send(path, headers as Record<string, string>, method)).status).toBe(status)
      expect(seen).toHaveLength(status === 200 ? 1 : 0)
    }
  })

  test('may not navigate to it by POST', async () => {
    expect((await send('/network', from('cross-site', 'navigate'), 'POST')).status).toBe(403)
  })
})

test.each(['/%ff', '/%', '/a?q=%zz', '/_next/%c0%ae', 'http://127.0.0.1/', '*'])(
  'the malformed target %s is refused',
  async (target) => {
    const { status, body } = await send(target)
    expect([status, JSON.parse(body).type]).toEqual([400, 'bad_request'])
    expect(seen).toEqual([])
  },
)

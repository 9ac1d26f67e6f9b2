import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Attack, attack, CHUNK, head, memoryOf } from '#lib/testing/hostile-connections.ts'
import { ADMIN, type Installation, startInstallation } from '../support/installation.ts'

const CONNECTIONS = 400
const MIB = 1024 * 1024
/** How much more memory the console may use during the attack. */
const MEMORY_MAX = 50 * MIB

let installation: Installation
let port: number
let pid: number
/** Of a session's cookie. */
let cookieName: string

beforeAll(async () => {
  installation = await startInstallation()
  port = Number(new URL(installation.consoleUrl).port)
  pid = installation.process('fairlead console').pid
  const opened = await fetch(`${installation.consoleUrl}/api/session`, {
    method: 'POST',
    headers: { origin: installation.consoleUrl, 'content-type': 'application/json' },
    body: JSON.stringify(ADMIN),
  })
  cookieName = opened.headers.get('set-cookie')?.split('=')[0] ?? ''
  // Code that the first requests compile and cache doesn't count as growth.
  await attack(port, Object.values(fast()), 40)
  for (let at = 0; at < 2000; at += 1) await isServed()
})
afterAll(() => installation?.remove())

/** Headers of a request of the console's own pages. */
const own = (): string[] => [
  `Host: 127.0.0.1:${port}`,
  `Origin: ${installation.consoleUrl}`,
  'Sec-Fetch-Site: same-origin',
]
const CHUNKED = 'Transfer-Encoding: chunked'

const fast = (): Record<string, Attack> => ({
  'calls with a session that is none': {
    first: head(
      '/api/lb/v1/regions/fr-par/lbs',
      ...own(),
      CHUNKED,
      `Cookie: ${cookieName}=${'x'.repeat(43)}`,
    ),
    rest: CHUNK,
  },
  'new passwords without a session': {
    first: head('/api/account/password', ...own(), CHUNKED),
    rest: CHUNK,
  },
  'logins whose bodies have no end': {
    first: head('/api/session', ...own(), CHUNKED),
    rest: CHUNK,
  },
  'bodies for a page': { first: head('/login', ...own(), CHUNKED), rest: CHUNK },
})

/** Attacks that keep connections open for as long as possible. */
const slow = (): Attack[] => [
  // The largest login, without its last byte.
  { first: head('/api/session', ...own(), 'Content-Length: 16384') + 'a'.repeat(16_383), rest: '' },
  // The largest head, without its end.
  { first: `GET /login HTTP/1.1\r\nHost: x\r\nX-A: ${'a'.repeat(15_000)}`, rest: '' },
  { first: '', rest: '' },
]

async function isServed(): Promise<boolean> {
  const response = await fetch(`${installation.consoleUrl}/api/setup`)
  await response.text()
  return response.ok
}

async function growthUnder(name: string, attacks: Attack[]): Promise<number> {
  const before = memoryOf(pid)
  let most = 0
  await attack(port, attacks, Math.ceil(CONNECTIONS / attacks.length), async () => {
    expect(await isServed()).toBe(true)
    most = Math.max(most, memoryOf(pid) - before)
  })
  process.stdout.write(`${name}: ${(most / MIB).toFixed(1)} MiB\n`)
  return most
}

test('the cookie has the installation ID in its name', () => {
  expect(cookieName).toContain('session')
})

test('under 400 connections that send without end the console responds and grows by at most 50 MB', async () => {
  for (const [name, hostile] of Object.entries(fast())) {
    expect([name, (await growthUnder(name, [hostile])) < MEMORY_MAX]).toEqual([name, true])
  }
})

test('under 400 connections that are held open it does too, and closes them all', async () => {
  expect(await growthUnder('held open', slow())).toBeLessThan(MEMORY_MAX)
})

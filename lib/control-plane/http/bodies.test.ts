import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { UNAUTHENTICATED_BODIES_MAX } from '#lib/process/body-limits.ts'
import { callsAt, ownCalls } from '#lib/testing/control-plane/every-call.ts'
import {
  type RunningControlPlane,
  runControlPlane,
  SECRET_KEY,
} from '#lib/testing/control-plane/running-control-plane.ts'
import { credentialOf } from '#lib/testing/control-plane/test-nodes.ts'
import { outlast } from '#lib/testing/wait.ts'

let controlPlane: RunningControlPlane
beforeAll(async () => {
  controlPlane = await runControlPlane()
})
afterAll(() => controlPlane.stop())

type Answer = { status: number; text: string }

/** Sends the head of a request whose body never comes. @returns the answer, once there is one */
function headOnly(method: string, path: string, headers: Record<string, string> = {}) {
  const { hostname, port } = new URL(controlPlane.url)
  const socket: Socket = connect(Number(port), hostname)
  const fields = { Host: `${hostname}:${port}`, 'Content-Type': 'application/json', ...headers }
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`)
  socket.write(`${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n`)
  const answer = new Promise<Answer>((resolve, reject) => {
    let text = ''
    socket.on('data', (bytes) => {
      text += bytes
      const end = text.indexOf('\r\n\r\n')
      if (end > 0) resolve({ status: Number(text.split(' ')[1]), text })
    })
    socket.once('close', () => reject(new Error(`The connection was closed. It had got: ${text}`)))
    socket.once('error', reject)
  })
  answer.catch(() => {})
  return { answer, socket }
}

const LENGTH = { 'Content-Length': '1000000' }
const CHUNKED = { 'Transfer-Encoding': 'chunked' }
const UNKNOWN = '00000000-0000-4000-8000-000000000000'
const IDS = /\{\w+\}/g

const API = [...callsAt('zones/fr-par-1'), ...callsAt('regions/fr-par'), ...ownCalls()]
  .filter(({ method }) => method !== 'get')
  .map(({ method, path }) => [method.toUpperCase(), path.replaceAll(IDS, UNKNOWN)] as const)
const NODES = ['config', 'report', 'checks/1'].map((path) => ['POST', `/nodes/v1/${path}`] as const)
const OTHERS = [
  ['POST', '/fairlead/v1/account/password'],
  ['DELETE', '/fairlead/v1/session'],
] as const

describe('a request without valid credentials is answered before its body arrives', () => {
  test.each([
    ['without any', {}],
    ['with a token that is none', { 'X-Auth-Token': UNKNOWN }],
    ['with a session that is none', { Authorization: `Bearer ${'x'.repeat(43)}` }],
  ])('%s', async (_name, secret) => {
    const calls = [...API, ...NODES, ...OTHERS]
    expect(calls.length).toBeGreaterThan(90)
    for (const framing of [LENGTH, CHUNKED]) {
      const asked = calls.map(([method, path]) => headOnly(method, path, { ...framing, ...secret }))
      const statuses = await Promise.all(asked.map(async ({ answer }) => (await answer).status))
      expect(calls.filter((_, at) => statuses[at] !== 401)).toEqual([])
      for (const { socket } of asked) socket.destroy()
    }
  })

  test('a request without the right is answered before its body arrives, too', async () => {
    const made = await controlPlane.call('POST', '/fairlead/v1/tokens', {
      name: 'r',
      scope: 'read_only',
    })
    const reader = { 'X-Auth-Token': made.body.secret_key }
    for (const [method, path] of API.filter(([, path]) => !path.includes('/sessions/'))) {
      const { answer, socket } = headOnly(method, path, { ...LENGTH, ...reader })
      expect([method, path, (await answer).status]).toEqual([method, path, 403])
      socket.destroy()
    }
  })
})

test('a body that is too large is refused, by its Content-Length and by its size', async () => {
  const token = { 'X-Auth-Token': SECRET_KEY }
  const node = { Authorization: `Bearer ${credentialOf('fr-par-a')}` }
  const login = '/fairlead/v1/session'
  const tries: [string, Record<string, string>, number, string][] = [
    ['/fairlead/v1/tokens', token, 1024 * 1024, '1 MiB'],
    [login, {}, 16 * 1024, '16 KiB'],
    ['/fairlead/v1/setup', {}, 16 * 1024, '16 KiB'],
    ['/fairlead/v1/invitation', {}, 16 * 1024, '16 KiB'],
    ['/fairlead/v1/invitation/accept', {}, 16 * 1024, '16 KiB'],
    ['/nodes/v1/report', node, 64 * 1024 * 1024, '64 MiB'],
  ]
  for (const [path, secret, max, words] of tries) {
    const { answer } = headOnly('POST', path, { ...secret, 'Content-Length': String(max + 1) })
    const { status, text } = await answer
    expect([path, status]).toEqual([path, 413])
    expect(text).toContain(`The body is larger than ${words}.`)
    if (max > 1024 * 1024) continue
    const { answer: late, socket } = headOnly('POST', path, { ...secret, ...CHUNKED })
    socket.on('error', () => {})
    socket.write(`${(max + 1).toString(16)}\r\n${'a'.repeat(max + 1)}\r\n`)
    expect([path, (await late).status]).toEqual([path, 413])
  }
})

test('a body with too many chunks is rejected, even if they are small', async () => {
  const token = { 'X-Auth-Token': SECRET_KEY }
  const { answer, socket } = headOnly('POST', '/fairlead/v1/tokens', { ...token, ...CHUNKED })
  socket.on('error', () => {})
  socket.write('1\r\n \r\n'.repeat(17_409))
  const { status, text } = await answer
  expect(status).toBe(413)
  expect(text).toContain('The body has more than 17408 chunks. Send larger chunks.')
  const { answer: whole, socket: other } = headOnly('POST', '/fairlead/v1/tokens', {
    ...token,
    ...CHUNKED,
  })
  other.write(`${'1\r\n \r\n'.repeat(17_407)}2\r\n{}\r\n0\r\n\r\n`)
  expect((await whole).text).toContain('Token name is required.')
  other.destroy()
})

test('a limited number of slow login bodies is read at once, and a complete one is answered', async () => {
  const slow = Array.from({ length: UNAUTHENTICATED_BODIES_MAX * 2 }, () => {
    const one = headOnly('POST', '/fairlead/v1/session', { 'Content-Length': '100' })
    one.socket.write('{"email":')
    return one
  })
  // The second half evicts the first.
  for (const { answer } of slow.slice(0, UNAUTHENTICATED_BODIES_MAX)) {
    const { status, text } = await answer
    expect([status, text.includes('Retry-After: 1') || text.includes('retry-after: 1')]).toEqual([
      503,
      true,
    ])
  }
  const whole = await controlPlane.call(
    'POST',
    '/fairlead/v1/session',
    { email: 'a@example.com', password: 'x' },
    {},
  )
  expect(whole.status).toBe(401)
  for (const { socket } of slow) socket.destroy()
})

test('a body that does not arrive in time is answered with 408, and the connection ends', async () => {
  const limit = new AbortController()
  const timeout = vi.spyOn(AbortSignal, 'timeout').mockReturnValue(limit.signal)
  onTestFinished(() => timeout.mockRestore())
  const { answer, socket } = headOnly('POST', '/fairlead/v1/tokens', {
    'X-Auth-Token': SECRET_KEY,
    'Content-Length': '100',
  })
  socket.write('{"name":')
  await expect.poll(() => timeout.mock.calls).toEqual([[10_000]])
  limit.abort()
  const { status, text } = await answer
  expect(status).toBe(408)
  expect(text.toLowerCase()).toContain('connection: close')
  expect(text).toContain(
    'The body did not arrive within 10 s. Nothing was changed. Send the request again.',
  )
})

test('the body of a GET is not awaited', async () => {
  const { answer, socket } = headOnly('GET', '/fairlead/v1/tokens', {
    'X-Auth-Token': SECRET_KEY,
    ...LENGTH,
  })
  expect((await answer).status).toBe(200)
  socket.destroy()
})

describe('the rest of a body whose request has been answered', () => {
  const denied = ['POST', '/fairlead/v1/tokens', { 'X-Auth-Token': UNKNOWN }] as const

  test('is drained, and the connection serves the next request', async () => {
    const [method, path, secret] = denied
    const { answer, socket } = headOnly(method, path, { ...secret, 'Content-Length': '100000' })
    expect((await answer).status).toBe(401)
    const next = new Promise<string>((resolve) => socket.on('data', (bytes) => resolve(`${bytes}`)))
    socket.write('a'.repeat(100_000))
    socket.write(`GET /healthz HTTP/1.1\r\nHost: ${new URL(controlPlane.url).host}\r\n\r\n`)
    expect(await next).toMatch(/^HTTP\/1.1 200 /)
    // The time limit for the rest of a body no longer applies.
    await outlast(700)
    socket.write(`GET /healthz HTTP/1.1\r\nHost: ${new URL(controlPlane.url).host}\r\n\r\n`)
    await expect.poll(() => socket.bytesRead).toBeGreaterThan(1000)
    socket.destroy()
  })

  test('that arrived with the header leaves the connection usable', async () => {
    const [method, path, secret] = denied
    const { answer, socket } = headOnly(method, path, { ...secret, 'Content-Length': '200000' })
    socket.write('a'.repeat(200_000))
    expect((await answer).status).toBe(401)
    const next = new Promise<string>((resolve) => socket.on('data', (bytes) => resolve(`${bytes}`)))
    socket.write(`GET /healthz HTTP/1.1\r\nHost: ${new URL(controlPlane.url).host}\r\n\r\n`)
    expect(await next).toMatch(/200 OK/)
    socket.destroy()
  })

  test('is awaited only for a moment', async () => {
    const [method, path, secret] = denied
    const { answer, socket } = headOnly(method, path, { ...secret, ...LENGTH })
    expect((await answer).status).toBe(401)
    await once(socket, 'close')
  })
})

import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { stubConsoleSettings } from '#lib/testing/bff/console-settings.ts'
import { relayEvents } from './relay-events.ts'

const TOKEN = 'a-session-token-of-some-length'

/** A control plane whose events the test writes. */
type Stream = {
  method: string
  url: string
  authorization: string | undefined
  response: ServerResponse
}
const streams: Stream[] = []
let status = 200
const server = createServer((request, response) => {
  const { method = '', url = '', headers } = request
  streams.push({ method, url, authorization: headers.authorization, response })
  response.writeHead(status, { 'content-type': 'text/event-stream' })
  if (method === 'HEAD') response.end()
  else if (status === 200) response.write('event: resync\ndata: {}\n\n')
  else response.end('{}')
})

beforeAll(async () => {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  stubConsoleSettings({ apiUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}` })
})
afterAll(() => {
  vi.unstubAllEnvs()
  server.closeAllConnections()
  server.close()
})

function ask(signal: AbortSignal, cookie = `fairlead_session=${TOKEN}`, method = 'GET') {
  const url = 'http://127.0.0.1:3000/api/fairlead/v1/events?lb_id=x'
  return relayEvents(new Request(url, { method, headers: { cookie }, signal }))
}

const textOf = (chunk: { value?: Uint8Array | undefined }) => new TextDecoder().decode(chunk.value)

test('events arrive one by one, without a cache or compression in between', async () => {
  const abort = new AbortController()
  const response = await ask(abort.signal)
  const stream = streams.at(-1)
  expect(stream).toMatchObject({
    url: '/fairlead/v1/events?lb_id=x',
    authorization: `Bearer ${TOKEN}`,
  })
  expect(response.headers.get('cache-control')).toBe('no-store, no-transform')
  const reader = (response.body as ReadableStream<Uint8Array>).getReader()
  expect(textOf(await reader.read())).toContain('resync')
  stream?.response.write('event: ips\ndata: {}\n\n')
  expect(textOf(await reader.read())).toContain('ips')
  abort.abort()
})

test('the stream of the control plane ends with that of the browser', async () => {
  const abort = new AbortController()
  await ask(abort.signal)
  const upstream = streams.at(-1)?.response as ServerResponse
  expect(upstream.closed).toBe(false)
  abort.abort()
  await expect.poll(() => upstream.closed).toBe(true)
})

test('the stream of the browser ends with that of the control plane', async () => {
  const response = await ask(new AbortController().signal)
  const reader = (response.body as ReadableStream<Uint8Array>).getReader()
  await reader.read()
  streams.at(-1)?.response.destroy()
  await expect(reader.read()).rejects.toThrow()
})

test('an ended session gets 401, and the cookie stays', async () => {
  const asked = streams.length
  expect((await ask(new AbortController().signal, '')).status).toBe(401)
  expect(streams).toHaveLength(asked)
  status = 401
  const response = await ask(new AbortController().signal)
  status = 200
  expect(response.status).toBe(401)
  expect(response.headers.get('set-cookie')).toBeNull()
})

test('HEAD is relayed as HEAD, so that no stream is opened', async () => {
  const before = streams.length
  const response = await ask(new AbortController().signal, undefined, 'HEAD')
  expect([response.status, response.body]).toEqual([200, null])
  expect(response.headers.get('content-type')).toBe('text/event-stream')
  expect(streams.slice(before).map(({ method }) => method)).toEqual(['HEAD'])
})

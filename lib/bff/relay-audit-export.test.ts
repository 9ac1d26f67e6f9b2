import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { stubConsoleSettings } from '#lib/testing/bff/console-settings.ts'
import { relayAuditExport } from './relay-audit-export.ts'

const TOKEN = 'a-session-token-of-some-length'

/** A control plane whose exports the test writes. */
const exports: { url: string; authorization: string | undefined; response: ServerResponse }[] = []
let status = 200
const server = createServer((request, response) => {
  const { url = '', headers } = request
  exports.push({ url, authorization: headers.authorization, response })
  response.writeHead(status, { 'content-type': 'application/x-ndjson' })
  if (status === 200) response.write('{"id":"e1"}\n')
  else response.end('{"message":"insufficient permissions"}')
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

function ask(cookie = `fairlead_session=${TOKEN}`) {
  const url = 'http://127.0.0.1:3000/api/fairlead/v1/audit/export?kind=denials'
  return relayAuditExport(new Request(url, { headers: { cookie } }))
}

const textOf = (chunk: { value?: Uint8Array | undefined }) => new TextDecoder().decode(chunk.value)

test('lines are relayed as the control plane sends them, as a download that no cache stores', async () => {
  const response = await ask()
  const asked = exports.at(-1)
  expect(asked).toMatchObject({
    url: '/fairlead/v1/audit/export?kind=denials',
    authorization: `Bearer ${TOKEN}`,
  })
  expect(response.headers.get('content-disposition')).toMatch(
    /^attachment; filename="fairlead-audit-\d{4}-\d\d-\d\d\.jsonl"$/,
  )
  expect(response.headers.get('cache-control')).toBe('no-store')
  const reader = (response.body as ReadableStream<Uint8Array>).getReader()
  // The first line arrives before the export ends.
  expect(textOf(await reader.read())).toBe('{"id":"e1"}\n')
  asked?.response.end('{"id":"e2"}\n')
  expect(textOf(await reader.read())).toBe('{"id":"e2"}\n')
  expect((await reader.read()).done).toBe(true)
})

test('an export that is cut off fails in the browser', async () => {
  const reader = ((await ask()).body as ReadableStream<Uint8Array>).getReader()
  await reader.read()
  exports.at(-1)?.response.destroy()
  await expect(reader.read()).rejects.toThrow()
})

test('a refusal is relayed, and without a session no request is made', async () => {
  status = 403
  const refused = await ask()
  expect([refused.status, await refused.json()]).toEqual([
    ...[403, { message: 'insufficient permissions' }],
  ])
  status = 401
  expect((await ask()).status).toBe(401)
  status = 200
  const asked = exports.length
  expect((await ask('')).status).toBe(401)
  expect(exports).toHaveLength(asked)
})

import { afterAll, beforeAll, expect, test } from 'vitest'
import { callsAt, ownCalls } from '#lib/testing/control-plane/every-call.ts'
import {
  type RunningControlPlane,
  runControlPlane,
  SECRET_KEY,
} from '#lib/testing/control-plane/running-control-plane.ts'

const UNKNOWN = '00000000-0000-4000-8000-000000000000'

let controlPlane: RunningControlPlane
beforeAll(async () => {
  controlPlane = await runControlPlane()
})
afterAll(() => controlPlane.stop())

/** Sends bytes: unlike a string, `fetch` gives them no Content-Type of its own. */
async function send(method: string, path: string, body: string, type?: string) {
  const headers = {
    'X-Auth-Token': SECRET_KEY,
    ...(type !== undefined && { 'Content-Type': type }),
  }
  const bytes = new TextEncoder().encode(body)
  const response = await fetch(controlPlane.url + path, { method, headers, body: bytes })
  const text = await response.text()
  return { status: response.status, body: text ? JSON.parse(text) : undefined }
}

test("a body without a Content-Type is read as JSON, as in the Python SDK's DELETE", async () => {
  const lbs = '/lb/v1/zones/fr-par-1/lbs'
  const created = await send('POST', lbs, '{"name":"untyped"}')
  expect([created.status, created.body.name]).toEqual([200, 'untyped'])
  const deleted = await send('DELETE', `${lbs}/${created.body.id}?release_ip=True`, '{}')
  expect(deleted.status).toBe(204)
  expect((await controlPlane.call('GET', `${lbs}/${created.body.id}`)).status).toBe(404)
  expect((await controlPlane.call('GET', '/lb/v1/zones/fr-par-1/ips')).body.total_count).toBe(0)
})

test('every call with a token accepts a body without a Content-Type, and refuses other types', async () => {
  const calls = [...callsAt('regions/fr-par'), ...callsAt('zones/fr-par-1'), ...ownCalls()]
  const changing = calls.filter(({ method }) => method !== 'get')
  expect(changing.length).toBeGreaterThan(70)
  for (const call of changing) {
    const method = call.method.toUpperCase()
    const path = call.path.replaceAll(/\{\w+\}/g, UNKNOWN)
    const untyped = await send(method, path, '{}')
    expect([method, path, untyped.status]).not.toEqual([method, path, 415])
    const { status } = await send(method, path, '{}', 'text/plain')
    if (status !== 415) expect([403, 412]).toContain(status)
  }
})

test('public calls refuse a body without a Content-Type, which any website can send without a preflight', async () => {
  for (const path of ['session', 'setup', 'invitation', 'invitation/accept']) {
    const { status } = await send('POST', `/fairlead/v1/${path}`, '{}')
    expect([path, status]).toEqual([path, 415])
  }
})

test.each(['', '{"name":', 'null', '[]'])(
  'a body %j without a Content-Type is no load balancer',
  async (body) => {
    expect((await send('POST', '/lb/v1/zones/fr-par-1/lbs', body)).status).toBe(400)
  },
)

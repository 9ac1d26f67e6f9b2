import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { stubConsoleSettings } from '#lib/testing/bff/console-settings.ts'
import { type Reply, startControlPlaneServer } from '#lib/testing/bff/control-plane-server.ts'
import { readHealth } from './health.ts'

let reply: Reply = { status: 200, body: '{"status":"ok"}' }
let controlPlane: Awaited<ReturnType<typeof startControlPlaneServer>>

beforeAll(async () => {
  controlPlane = await startControlPlaneServer(() => reply)
  stubConsoleSettings({ apiUrl: controlPlane.url })
})
afterAll(async () => {
  vi.unstubAllEnvs()
  await controlPlane.stop()
})

test('the console can serve if its control plane can', async () => {
  const healthy = await readHealth()
  expect([healthy.status, await healthy.json()]).toEqual([200, { status: 'ok' }])
  expect(controlPlane.received.map(({ url }) => url)).toEqual(['/healthz'])
  reply = { status: 503, body: '{"status":"unavailable"}' }
  const sick = await readHealth()
  expect([sick.status, await sick.json()]).toEqual([503, { status: 'unavailable' }])
})

test('the console can not serve without a control plane', async () => {
  stubConsoleSettings({ apiUrl: 'http://127.0.0.1:1' })
  expect((await readHealth()).status).toBe(503)
})

import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  backendInput,
  type RunningControlPlane,
  runControlPlane,
} from '#lib/testing/control-plane/running-control-plane.ts'

const PARIS = '/lb/v1/regions/fr-par'

let controlPlane: RunningControlPlane
beforeAll(async () => {
  controlPlane = await runControlPlane()
})
afterAll(() => controlPlane.stop())

const call = (method: string, path: string, body?: unknown) => controlPlane.call(method, path, body)

test('a host is returned as sent, kept by PUT when omitted, cleared by "", and restored', async () => {
  const lb = (await call('POST', `${PARIS}/lbs`, { name: 'x' })).body
  const sent = backendInput({ host: 'App.Example.com:8443' })
  const made = await call('POST', `${PARIS}/lbs/${lb.id}/backends`, sent)
  expect([made.status, made.body.host]).toEqual([200, 'App.Example.com:8443'])
  const path = `${PARIS}/backends/${made.body.id}`
  const shown = async () => (await call('GET', path)).body.host
  const put = async (changes: object) =>
    (await call('PUT', path, { ...backendInput(), ...changes })).status
  const rules = `/fairlead/v1/lbs/${lb.id}/rules`
  const patch = async (changes: object) =>
    (await call('PATCH', rules, { backends: [{ id: made.body.id, ...changes }] })).status

  expect([await put({ name: 'renamed' }), await shown()]).toEqual([200, 'App.Example.com:8443'])
  expect([await put({ host: '' }), await shown()]).toEqual([200, ''])
  expect([await patch({ host: '[2001:db8::1]:80' }), await shown()]).toEqual([
    200,
    '[2001:db8::1]:80',
  ])
  expect([await put({ host: null }), await shown()]).toEqual([200, '[2001:db8::1]:80'])
  expect(await put({ host: 'a b' })).toBe(400)

  const { changes } = (await call('GET', `/fairlead/v1/lbs/${lb.id}/changes`)).body
  const first = changes.find(
    ({ verb, resource }: { verb: string; resource: { type: string } }) =>
      verb === 'create' && resource.type === 'backend',
  )
  const restore = `/fairlead/v1/lbs/${lb.id}/restore`
  expect((await call('POST', restore, { change_id: first.id })).status).toBe(200)
  expect(await shown()).toBe('App.Example.com:8443')
})

test('in TCP mode without TLS to the servers, the API accepts a host and lists a problem, and PATCH rules refuses it', async () => {
  const lb = (await call('POST', `${PARIS}/lbs`, { name: 'x' })).body
  const input = backendInput({ forward_protocol: 'tcp', host: 'app.example.com' })
  const { body: backend } = await call('POST', `${PARIS}/lbs/${lb.id}/backends`, input)
  const observed = async () =>
    (await call('GET', `/fairlead/v1/lbs/${lb.id}/observed`)).body.problems
  const problem = expect.objectContaining({
    object: { type: 'backend', id: backend.id, name: 'web' },
    message: expect.stringMatching(/^The host has no effect/),
  })
  expect(await observed()).toContainEqual(problem)
  const rules = `/fairlead/v1/lbs/${lb.id}/rules`
  const patch = (changes: object) =>
    call('PATCH', rules, { backends: [{ id: backend.id, ...changes }] })
  const refused = await patch({ host: 'other.example.com' })
  expect([refused.status, refused.body.details[0].argument_name]).toEqual([400, 'backends.0.host'])
  expect((await patch({ host: '' })).status).toBe(200)

  const bridged = { ...input, ssl_bridging: true }
  expect((await call('PUT', `${PARIS}/backends/${backend.id}`, bridged)).body.host).toBe(
    'app.example.com',
  )
  expect(await observed()).not.toContainEqual(problem)
  expect((await patch({ host: 'other.example.com' })).status).toBe(200)
})

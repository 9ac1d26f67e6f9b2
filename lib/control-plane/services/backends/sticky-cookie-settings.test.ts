import { expect, onTestFinished, test } from 'vitest'
import { backendInput, runControlPlane } from '#lib/testing/control-plane/running-control-plane.ts'
import { newTestDatabase, type StoreSettings } from '#lib/testing/control-plane/test-database.ts'

const PARIS = '/lb/v1/regions/fr-par'
const STICKY = { sticky_sessions: 'cookie', sticky_sessions_cookie_name: 'srv' }

async function start(database: StoreSettings) {
  const controlPlane = await runControlPlane(database)
  const call = async (method: string, path: string, body?: unknown) => {
    const { status, body: answer } = await controlPlane.call(method, path, body)
    return { status, answer }
  }
  return { controlPlane, call }
}

async function newDatabase(): Promise<StoreSettings> {
  const { settings, remove } = await newTestDatabase()
  onTestFinished(remove)
  return settings
}

test('nocache is on by default, kept by PUT when omitted, and returned only when off', async () => {
  const { controlPlane, call } = await start(await newDatabase())
  onTestFinished(() => controlPlane.stop())
  const { answer: lb } = await call('POST', `${PARIS}/lbs`, { name: 'x' })
  const { answer: created } = await call(
    'POST',
    `${PARIS}/lbs/${lb.id}/backends`,
    backendInput(STICKY),
  )
  const path = `${PARIS}/backends/${created.id}`
  const rules = `/fairlead/v1/lbs/${lb.id}/rules`
  const shown = async () => (await call('GET', path)).answer.sticky_sessions_nocache
  const put = async (changes: object) =>
    (await call('PUT', path, { ...backendInput(), ...changes })).status
  const patch = async (changes: object) =>
    (await call('PATCH', rules, { backends: [{ id: created.id, ...changes }] })).status

  expect('sticky_sessions_nocache' in created).toBe(false)
  expect([await put({ sticky_sessions_nocache: false }), await shown()]).toEqual([200, false])
  expect([await put({ name: 'renamed' }), await shown()]).toEqual([200, false])
  expect([await patch({ sticky_sessions_nocache: true }), await shown()]).toEqual([200, undefined])
  expect([await patch({ sticky_sessions_nocache: false }), await shown()]).toEqual([200, false])
  expect([await put({ sticky_sessions_nocache: true }), await shown()]).toEqual([200, undefined])
  expect(await put({ sticky_sessions_nocache: 'off' })).toBe(400)

  const off = backendInput({ ...STICKY, name: 'off', sticky_sessions_nocache: false })
  const made = await call('POST', `${PARIS}/lbs/${lb.id}/backends`, off)
  expect(made.answer.sticky_sessions_nocache).toBe(false)
})

test('a stored cookie name that browsers reject stays, a new one is refused', async () => {
  const database = await newDatabase()
  const before = await start(database)
  const { answer: lb } = await before.call('POST', `${PARIS}/lbs`, { name: 'x' })
  const backends = `${PARIS}/lbs/${lb.id}/backends`
  const { answer: backend } = await before.call('POST', backends, backendInput(STICKY))
  const stored = { sticky_sessions_cookie_name: '__Host-srv' }
  await before.controlPlane.database.updateTable('backends').set(stored).execute()
  await before.controlPlane.stop()

  const { controlPlane, call } = await start(database)
  onTestFinished(() => controlPlane.stop())
  const path = `${PARIS}/backends/${backend.id}`
  const put = (name: string, changes: object = {}) =>
    call('PUT', path, { ...backendInput(), sticky_sessions_cookie_name: name, ...changes })
  const patch = (changes: object) =>
    call('PATCH', `/fairlead/v1/lbs/${lb.id}/rules`, { backends: [{ id: backend.id, ...changes }] })
  const kept = await put('__Host-srv', { name: 'renamed' })
  expect([kept.status, kept.answer.sticky_sessions_cookie_name]).toEqual([200, '__Host-srv'])
  expect(
    (await patch({ forward_port: 81, sticky_sessions_cookie_name: '__Host-srv' })).status,
  ).toBe(200)
  const { answer: observed } = await call('GET', `/fairlead/v1/lbs/${lb.id}/observed`)
  expect(observed.problems).toContainEqual(
    expect.objectContaining({ message: expect.stringMatching(/^Browsers reject .*"__Host-srv"/) }),
  )

  const refused = await put('__Secure-srv')
  expect([refused.status, refused.answer.details[0].argument_name]).toEqual([
    400,
    'sticky_sessions_cookie_name',
  ])
  expect((await patch({ sticky_sessions_cookie_name: '__Secure-srv' })).status).toBe(400)
  const created = backendInput({ ...STICKY, sticky_sessions_cookie_name: '__Host-srv' })
  expect((await call('POST', backends, created)).status).toBe(400)
  expect((await put('srv')).status).toBe(200)
  expect((await put('__Host-srv')).status).toBe(400)
})

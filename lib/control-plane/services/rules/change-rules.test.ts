import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import {
  backendInput,
  type RunningControlPlane,
  runControlPlane,
  SECRET_KEY,
} from '#lib/testing/control-plane/running-control-plane.ts'

const PARIS = '/lb/v1/regions/fr-par'

let controlPlane: RunningControlPlane
// biome-ignore lint/suspicious/noExplicitAny: a response body.
let lb: any
// biome-ignore lint/suspicious/noExplicitAny: a response body.
let backend: any
// biome-ignore lint/suspicious/noExplicitAny: a response body.
let frontend: any

beforeAll(async () => {
  controlPlane = await runControlPlane()
})
afterAll(() => controlPlane.stop())

const call = (method: string, path: string, body?: unknown) =>
  controlPlane.call(method, path, body, { 'X-Auth-Token': SECRET_KEY })
const changeRules = (body: unknown) => call('PATCH', `/fairlead/v1/lbs/${lb.id}/rules`, body)
const generation = async () =>
  (await call('GET', `/fairlead/v1/lbs/${lb.id}/observed`)).body.generation
const invalidFields = (body: { details: { argument_name: string }[] }) =>
  body.details.map(({ argument_name }) => argument_name)

beforeEach(async () => {
  lb = (await call('POST', `${PARIS}/lbs`, { name: 'lb' })).body
  backend = (await call('POST', `${PARIS}/lbs/${lb.id}/backends`, backendInput())).body
  const input = { name: 'http', inbound_port: 80, backend_id: backend.id }
  frontend = (await call('POST', `${PARIS}/lbs/${lb.id}/frontends`, input)).body
})

test('several fields of a backend change in one generation, with one entry in the history', async () => {
  const before = await generation()
  const health_check = { port: 81, check_max_retries: 2, http_config: { uri: '/up' } }
  const patch = {
    name: 'renamed',
    forward_port: 81,
    server_ip: ['10.0.0.9'],
    health_check,
    timeout_server: 1000,
  }
  const { status, body } = await changeRules({
    backends: [{ id: backend.id, updated_at: backend.updated_at, ...patch }],
  })
  expect(status).toBe(200)
  expect(body.backends[0]).toMatchObject({
    name: 'renamed',
    forward_port: 81,
    pool: ['10.0.0.9'],
    timeout_server: 1000,
    forward_protocol: backend.forward_protocol,
    health_check: { port: 81, http_config: { uri: '/up', code: 200 } },
  })
  expect([body.generation, await generation()]).toEqual([before + 1, before + 1])
  const { body: history } = await call('GET', `/fairlead/v1/lbs/${lb.id}/changes`)
  expect(history.changes[0]).toMatchObject({ verb: 'update', resource: { id: backend.id } })
  expect(history.changes[1]).toMatchObject({ verb: 'create', resource: { id: frontend.id } })
})

test('a request that changes nothing does not increment the generation', async () => {
  const before = await generation()
  for (const body of [{}, { backends: [], frontends: [], new_frontends: [] }]) {
    const { status, body: answer } = await changeRules(body)
    expect([status, answer.generation]).toEqual([200, before])
  }
  expect(await generation()).toBe(before)
})

test('null unsets a field, and an omitted field is kept', async () => {
  const patch = (columns: object) => changeRules({ backends: [{ id: backend.id, ...columns }] })
  await patch({ timeout_server: 1000, max_connections: 5 })
  const { body } = await patch({ timeout_server: null })
  expect(body.backends[0]).toMatchObject({ timeout_server: null, max_connections: 5 })
})

test.each([[null], [0]])('a connection rate limit of %s removes the limit', async (none) => {
  const patch = async (columns: object) =>
    (await changeRules({ frontends: [{ id: frontend.id, ...columns }] })).body.frontends[0]
  const set = { connection_rate_limit: 5, enable_access_logs: true }
  expect(await patch(set)).toMatchObject(set)
  expect(await patch({ connection_rate_limit: none })).toMatchObject({
    connection_rate_limit: null,
    enable_access_logs: true,
  })
  expect(await patch({ enable_access_logs: false })).toMatchObject({ enable_access_logs: false })
})

test('a frontend changes its protocol together with its backend', async () => {
  const alone = await changeRules({ frontends: [{ id: frontend.id, protocol: 'tcp' }] })
  expect([alone.status, invalidFields(alone.body)]).toEqual([400, ['frontends.0.protocol']])
  const { status, body } = await changeRules({
    backends: [{ id: backend.id, forward_protocol: 'tcp' }],
    frontends: [{ id: frontend.id, protocol: 'tcp', inbound_port: 8443 }],
  })
  expect(status).toBe(200)
  expect(body.frontends[0]).toMatchObject({ inbound_port: 8443, backend_id: backend.id })
  expect(body.backends[0]).toMatchObject({ forward_protocol: 'tcp' })
})

test('the response has the own fields of each rule, without embedded objects', async () => {
  const { body } = await changeRules({
    backends: [{ id: backend.id }],
    frontends: [{ id: frontend.id }],
    new_frontends: [{ name: 'more', inbound_port: 81, backend_id: backend.id }],
  })
  const { lb: _lb, ...ofBackend } = backend
  const { lb: _of, backend: _with, ...ofFrontend } = frontend
  const own = (fields: object) => [...Object.keys(fields), 'backend_id'].sort()
  expect(Object.keys(body.backends[0]).sort()).toEqual(Object.keys(ofBackend).sort())
  expect(Object.keys(body.frontends[0]).sort()).toEqual(own(ofFrontend))
  expect(Object.keys(body.new_frontends[0]).sort()).toEqual(own(ofFrontend))
})

test('a rule can be in a request only once', async () => {
  const twice = await changeRules({
    backends: [
      { id: backend.id, name: 'one' },
      { id: backend.id.toUpperCase(), name: 'two' },
    ],
    frontends: [{ id: frontend.id }, { id: frontend.id }],
  })
  expect([twice.status, invalidFields(twice.body)]).toEqual([
    400,
    ['backends.1.id', 'frontends.1.id'],
  ])
})

test('a request changes at most 200 rules of a kind', async () => {
  const { status, body } = await changeRules({
    backends: Array.from({ length: 201 }, () => ({ id: backend.id })),
    frontends: Array.from({ length: 201 }, () => ({ id: frontend.id })),
    new_frontends: Array.from({ length: 201 }, (_, at) => ({
      ...{ name: 'f', inbound_port: 100 + at, backend_id: backend.id },
    })),
  })
  expect([status, invalidFields(body)]).toEqual([400, ['backends', 'frontends', 'new_frontends']])
})

test('two frontends swap their ports, and a third gets a free one', async () => {
  const input = { name: 'other', inbound_port: 81, backend_id: backend.id }
  const { body: other } = await call('POST', `${PARIS}/lbs/${lb.id}/frontends`, input)
  const taken = await changeRules({ frontends: [{ id: frontend.id, inbound_port: 81 }] })
  expect([taken.status, invalidFields(taken.body)]).toEqual([400, ['frontends.0.inbound_port']])
  const { body } = await changeRules({
    frontends: [
      { id: frontend.id, inbound_port: 81 },
      { id: other.id, inbound_port: 80 },
    ],
    new_frontends: [{ name: 'third', inbound_port: 82, backend_id: backend.id }],
  })
  expect(body.frontends.map((one: { inbound_port: number }) => one.inbound_port)).toEqual([81, 80])
  expect(body.new_frontends[0]).toMatchObject({ name: 'third', inbound_port: 82 })
})

test('a request with an invalid field changes nothing', async () => {
  const before = await generation()
  const { status, body } = await changeRules({
    backends: [{ id: backend.id, name: 'renamed' }],
    frontends: [{ id: frontend.id, inbound_port: 0 }],
    new_frontends: [{ name: '', inbound_port: 80, backend_id: backend.id }],
  })
  expect([status, invalidFields(body)]).toEqual([
    400,
    ['frontends.0.inbound_port', 'new_frontends.0.name'],
  ])
  const twin = await changeRules({
    backends: [{ id: backend.id, sticky_sessions: 'cookie', forward_protocol: 'tcp' }],
    new_frontends: [{ name: 'twin', inbound_port: 80, backend_id: backend.id }],
  })
  expect([twin.status, invalidFields(twin.body)]).toEqual([
    400,
    [
      'backends.0.sticky_sessions',
      'backends.0.sticky_sessions_cookie_name',
      'new_frontends.0.inbound_port',
    ],
  ])
  expect(await generation()).toBe(before)
  expect((await call('GET', `${PARIS}/backends/${backend.id}`)).body.name).toBe(backend.name)
})

test('a rule that was changed meanwhile is 412 and says by whom; a deleted rule is 404', async () => {
  await changeRules({ backends: [{ id: backend.id, name: 'theirs' }] })
  const late = await changeRules({
    backends: [{ id: backend.id, updated_at: backend.updated_at, name: 'mine' }],
  })
  expect([late.status, late.body.precondition]).toEqual([412, 'if_match'])
  expect(late.body.help_message).toContain('changed it at')
  await call('DELETE', `${PARIS}/frontends/${frontend.id}`)
  const gone = await changeRules({ frontends: [{ id: frontend.id, name: 'mine' }] })
  expect([gone.status, gone.body]).toEqual([404, { message: 'frontend not Found' }])
})

test("a request can't change rules of another load balancer", async () => {
  const { body: other } = await call('POST', `${PARIS}/lbs`, { name: 'other' })
  const path = `/fairlead/v1/lbs/${other.id}/rules`
  expect((await call('PATCH', path, { backends: [{ id: backend.id, name: 'x' }] })).status).toBe(
    404,
  )
})

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { copyRow } from '#lib/testing/control-plane/copy-row.ts'
import {
  backendInput,
  type RunningControlPlane,
  runControlPlane,
} from '#lib/testing/control-plane/running-control-plane.ts'
import { EMPTY_LB, sizeProblems } from './lb-size.ts'

const PARIS = '/lb/v1/regions/fr-par'

let controlPlane: RunningControlPlane
beforeAll(async () => {
  controlPlane = await runControlPlane()
})
afterAll(() => controlPlane.stop())

const call = (method: string, path: string, body?: unknown) => controlPlane.call(method, path, body)
const addresses = (count: number, network = 0) =>
  Array.from({ length: count }, (_, at) => `10.${network}.${at >> 8}.${at & 255}`)

type Refused = { details: { argument_name: string; help_message: string }[] }
const problemsOf = ({ status, body }: { status: number; body: Refused }) => {
  const details = body.details ?? []
  return [status, ...details.map((one) => `${one.argument_name}: ${one.help_message}`)]
}

async function newLb() {
  const backend = backendInput({ server_ip: [] })
  const frontends = [{ name: 'public', inbound_port: 1, backend: 'web' }]
  const { body } = await call('POST', `${PARIS}/lbs`, {
    name: 'lb',
    backends: [backend],
    frontends,
  })
  const list = (await call('GET', `${PARIS}/lbs/${body.id}/frontends`)).body.frontends
  return { id: body.id, frontend: list[0].id, backend: list[0].backend.id }
}

test('a load balancer can have at most 5,000 servers, whichever call adds them', async () => {
  const lb = await newLb()
  for (let at = 1; at < 5; at += 1) {
    const more = backendInput({ name: `web ${at}`, server_ip: addresses(1000, at) })
    expect((await call('POST', `${PARIS}/lbs/${lb.id}/backends`, more)).status).toBe(200)
  }
  const servers = `${PARIS}/backends/${lb.backend}/servers`
  expect((await call('PUT', servers, { server_ip: addresses(999) })).status).toBe(200)
  const other = backendInput({ name: 'other', server_ip: addresses(1) })
  const made = await call('POST', `${PARIS}/lbs/${lb.id}/backends`, other)
  expect(made.status).toBe(200)

  const message =
    'The load balancer would have 5001 servers in its backends. The limit is 5000. Remove some, or create another load balancer.'
  const path = `/fairlead/v1/lbs/${lb.id}/rules`
  const patch = { backends: [{ id: made.body.id, server_ip: addresses(2) }] }
  const another = backendInput({ name: 'another', server_ip: addresses(1) })
  expect(problemsOf(await call('POST', `${PARIS}/lbs/${lb.id}/backends`, another))).toEqual([
    400,
    `server_ip: ${message}`,
  ])
  expect(problemsOf(await call('PATCH', path, patch))).toEqual([
    400,
    `backends.0.server_ip: ${message}`,
  ])
  for (const method of ['PUT', 'POST']) {
    const added = { server_ip: [...addresses(999), '10.99.0.1'] }
    expect(problemsOf(await call(method, servers, added))).toEqual([400, `server_ip: ${message}`])
  }
  // Servers can move between its backends.
  const moved = [
    { id: lb.backend, server_ip: addresses(998) },
    { id: made.body.id, server_ip: addresses(2) },
  ]
  expect((await call('PATCH', path, { backends: moved })).status).toBe(200)
})

test('a load balancer with more than 5,000 servers is not created', async () => {
  const backends = Array.from({ length: 6 }, (_, at) =>
    backendInput({ name: `web ${at}`, server_ip: addresses(at < 5 ? 1000 : 1, at) }),
  )
  expect(problemsOf(await call('POST', `${PARIS}/lbs`, { name: 'lb', backends }))).toEqual([
    400,
    expect.stringMatching(/^backends: The load balancer would have 5001 servers/),
  ])
})

describe('in a load balancer with 1,000 backends and frontends', () => {
  let lb: Awaited<ReturnType<typeof newLb>>
  beforeAll(async () => {
    lb = await newLb()
    const { database } = controlPlane
    await copyRow(database, 'backends', lb.backend, 998, (at) => ({ name: `copy ${at}` }))
    await copyRow(database, 'frontends', lb.frontend, 998, (at) => ({ inbound_port: at + 2 }))
  })

  test('the 1,000th backend is created and the next one refused', async () => {
    const create = () => call('POST', `${PARIS}/lbs/${lb.id}/backends`, backendInput())
    expect((await create()).status).toBe(200)
    expect(problemsOf(await create())).toEqual([
      400,
      'name: The load balancer would have 1001 backends. The limit is 1000. Delete some, or create another load balancer.',
    ])
  })

  test('the 1,000th frontend is created and the next one refused, also by PATCH rules', async () => {
    const input = (port: number) => ({ name: 'f', inbound_port: port, backend_id: lb.backend })
    const create = (port: number) => call('POST', `${PARIS}/lbs/${lb.id}/frontends`, input(port))
    expect((await create(2000)).status).toBe(200)
    const message =
      'The load balancer would have 1001 frontends. The limit is 1000. Delete some, or create another load balancer.'
    expect(problemsOf(await create(2001))).toEqual([400, `name: ${message}`])
    const path = `/fairlead/v1/lbs/${lb.id}/rules`
    const rules = await call('PATCH', path, { new_frontends: [input(2001)] })
    expect(problemsOf(rules)).toEqual([400, `new_frontends: ${message}`])
  })
})

test('a load balancer that exceeds the limits can be changed, but not grow', () => {
  const large = { frontends: 2000, backends: 1500, servers: 24_000 }
  expect(sizeProblems(large, { ...large, servers: 20_000 })).toEqual([])
  expect(sizeProblems(large, large)).toEqual([])
  const larger = { frontends: 2001, backends: 1501, servers: 24_001 }
  expect(sizeProblems(large, larger).map(({ of }) => of)).toEqual([
    'frontends',
    'backends',
    'servers',
  ])
  expect(sizeProblems(EMPTY_LB, { frontends: 1000, backends: 1000, servers: 5000 })).toEqual([])
})

import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import {
  backendInput,
  type RunningControlPlane,
  runControlPlane,
} from '#lib/testing/control-plane/running-control-plane.ts'
import { newTestDatabase } from '#lib/testing/control-plane/test-database.ts'
import { testPools } from '#lib/testing/control-plane/test-pools.ts'

const pools = Object.values(testPools({ 'fr-par': '203.0.113.0/28' }))

describe('every call that names servers or ports', () => {
  const PARIS = '/lb/v1/regions/fr-par'
  let controlPlane: RunningControlPlane
  beforeAll(async () => {
    controlPlane = await runControlPlane({
      egress: { ownPorts: [3001], loopback: true, pools, webhookNetworks: null },
    })
  })
  afterAll(() => controlPlane.stop())

  const call = (method: string, path: string, body?: unknown) =>
    controlPlane.call(method, path, body)
  const METADATA = '169.254.169.254'
  const refused = ({
    status,
    body,
  }: {
    status: number
    body: { details?: { argument_name: string }[] }
  }) => [status, body.details?.[0]?.argument_name]

  test('refuses them', async () => {
    const inside = (changes: object) =>
      backendInput({ server_ip: ['10.0.0.1', METADATA], ...changes })
    const created = { name: 'lb', backends: [inside({})] }
    expect(refused(await call('POST', `${PARIS}/lbs`, created))).toEqual([
      400,
      'backends.0.server_ip.1',
    ])
    const lb = (await call('POST', `${PARIS}/lbs`, { name: 'lb' })).body
    const backends = `${PARIS}/lbs/${lb.id}/backends`
    expect(refused(await call('POST', backends, inside({})))).toEqual([400, 'server_ip.1'])
    for (const address of ['203.0.113.5', '64:ff9b::cb00:7105', '2002:cb00:7105::1']) {
      const own = backendInput({ server_ip: [address] })
      expect(refused(await call('POST', backends, own))).toEqual([400, 'server_ip.0'])
    }
    const own = { server_ip: ['127.0.0.1'], forward_port: 3001 }
    expect(refused(await call('POST', backends, backendInput(own)))).toEqual([400, 'server_ip.0'])
    const check = { health_check: { port: 3001, check_max_retries: 1 }, server_ip: ['127.0.0.1'] }
    expect(refused(await call('POST', backends, backendInput(check)))).toEqual([400, 'server_ip.0'])

    const backend = (await call('POST', backends, backendInput({ server_ip: ['127.0.0.1'] }))).body
    const path = `${PARIS}/backends/${backend.id}`
    const servers = { server_ip: [METADATA] }
    expect(refused(await call('PUT', `${path}/servers`, servers))).toEqual([400, 'server_ip.0'])
    expect(refused(await call('POST', `${path}/servers`, servers))).toEqual([400, 'server_ip.1'])
    const health = { port: 3001, check_max_retries: 1 }
    expect(refused(await call('PUT', `${path}/healthcheck`, health))).toEqual([400, 'server_ip.0'])
    const port = { name: 'web', forward_protocol: 'http', forward_port: 3001 }
    expect(refused(await call('PUT', path, port))).toEqual([400, 'server_ip.0'])
    const rules = { backends: [{ id: backend.id, server_ip: [METADATA] }] }
    const patch = await call('PATCH', `/fairlead/v1/lbs/${lb.id}/rules`, rules)
    expect(refused(patch)).toEqual([400, 'backends.0.server_ip.0'])
    const draft = { region: 'fr-par', ...backendInput(servers) }
    expect(refused(await call('POST', '/fairlead/v1/draft-checks', draft))).toEqual([
      400,
      'server_ip.0',
    ])
    expect((await call('GET', path)).body).toMatchObject({
      pool: ['127.0.0.1'],
      forward_port: 8080,
    })
  })
})

test('a highly available IP whose network was removed from the pools is still denied as a server', async () => {
  const { settings, remove } = await newTestDatabase()
  onTestFinished(remove)
  const first = await runControlPlane(settings)
  const PARIS = '/lb/v1/regions/fr-par'
  const { ip } = (await first.call('POST', `${PARIS}/lbs`, { name: 'lb' })).body
  expect(ip[0].ip_address).toBe('127.51.0.1')
  await first.stop()
  await using again = await runControlPlane({
    ...settings,
    pools: testPools({ 'fr-par': '127.52.0.0/24' }),
    egress: { ownPorts: [], loopback: true, pools: [], webhookNetworks: null },
  })
  const { lbs } = (await again.call('GET', `${PARIS}/lbs`)).body
  const add = (address: string) =>
    again.call('POST', `${PARIS}/lbs/${lbs[0].id}/backends`, backendInput({ server_ip: [address] }))
  expect((await add('127.51.0.1')).body.details[0].help_message).toContain(
    '127.51.0.1 is not allowed: it is a highly available IP of this installation',
  )
  expect((await add('127.51.0.2')).status).toBe(200)
})

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseIpPools } from '../config.ts'
import {
  backendInput,
  type RunningControlPlane,
  runControlPlane,
} from '../testing/running-control-plane.ts'
import { parseLoopback, type Reach, unreachable } from './reach.ts'

const pools = Object.values(parseIpPools('fr-par=203.0.113.0/28,nl-ams=127.31.0.0/24'))
const reach: Reach = { ownPorts: [3000, 3001], loopback: true, pools }
const why = (address: string, port = 80, changes: Partial<Reach> = {}) =>
  unreachable({ servers: [address], ports: [port] }, { ...reach, ...changes })[0]?.message ?? null

describe('where traffic and health checks may not go', () => {
  test.each([
    ['169.254.169.254', 'link-local'],
    ['::ffff:169.254.169.254', 'link-local'],
    ['64:ff9b::a9fe:a9fe', 'link-local'],
    ['fe80::1', 'link-local'],
    ['fd00:ec2::254', 'metadata'],
    ['0.0.0.0', 'no address of a host'],
    ['224.0.0.1', 'multicast'],
    ['203.0.113.5', 'a highly available IP of this installation'],
    ['127.31.0.9', 'a highly available IP of this installation'],
  ])('%s', (address, words) => {
    expect(why(address)).toContain(words)
  })

  test.each(['127.0.0.1', '127.8.8.8', '::1', '::ffff:127.0.0.1'])(
    'the ports of this installation, by %s',
    (address) => {
      expect(why(address, 3001)).toContain('Fairlead itself answers there')
      expect(why(address, 3002)).toBeNull()
    },
  )

  test('this machine, unless servers may be on it', () => {
    for (const address of ['127.0.0.1', '::1', '64:ff9b::7f00:1']) {
      expect(why(address, 80, { loopback: false })).toContain('FAIRLEAD_LOOPBACK_SERVERS')
    }
  })

  test.each(['10.0.0.4', '192.168.1.1', '203.0.113.200', '2001:db8::1', 'fd12::1'])(
    '%s is no such place',
    (address) => expect(why(address, 3001, { loopback: false })).toBeNull(),
  )
})

test('loopback servers are allowed by default where all IPs are loopback addresses', () => {
  const of = (text: string) => Object.values(parseIpPools(text))
  expect(parseLoopback(undefined, of('fr-par=127.51.0.0/24'))).toBe(true)
  expect(parseLoopback(undefined, of('fr-par=127.51.0.0/24,nl-ams=203.0.113.0/28'))).toBe(false)
  expect(parseLoopback('allow', of('fr-par=203.0.113.0/28'))).toBe(true)
  expect(parseLoopback('refuse', of('fr-par=127.51.0.0/24'))).toBe(false)
  expect(() => parseLoopback('yes', [])).toThrow(
    'FAIRLEAD_LOOPBACK_SERVERS must be allow or refuse',
  )
})

describe('every call that names servers or ports', () => {
  const PARIS = '/lb/v1/regions/fr-par'
  let controlPlane: RunningControlPlane
  beforeAll(async () => {
    controlPlane = await runControlPlane({
      reach: { ...reach, pools: [], ownPorts: [3001] },
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

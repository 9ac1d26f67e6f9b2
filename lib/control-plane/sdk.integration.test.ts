import { createClient } from '@scaleway/sdk-client'
import { Lbv1 } from '@scaleway/sdk-lb'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { follow } from '#lib/testing/control-plane/follow-stream.ts'
import { lbReport } from '#lib/testing/control-plane/reports.ts'
import {
  ACCESS_KEY,
  type RunningControlPlane,
  runControlPlane,
  SECRET_KEY,
} from '#lib/testing/control-plane/running-control-plane.ts'

const PROJECT = '00000000-0000-4000-8000-00000000000a'
let controlPlane: RunningControlPlane

beforeAll(async () => {
  controlPlane = await runControlPlane()
})
afterAll(() => controlPlane.stop())

function makeClient(secretKey = SECRET_KEY) {
  return createClient({
    apiURL: controlPlane.url,
    accessKey: ACCESS_KEY,
    secretKey,
    defaultRegion: 'fr-par',
    defaultZone: 'fr-par-1',
    defaultProjectId: PROJECT,
    defaultOrganizationId: PROJECT,
  })
}

describe.each([
  ['by region', 'API'],
  ['by zone', 'ZonedAPI'],
] as const)("Scaleway's own client, %s", (_name, kind) => {
  // Both classes have the same calls with different paths.
  const makeApi = () => new Lbv1[kind](makeClient()) as Lbv1.ZonedAPI

  test('creates, reads, updates and deletes every resource', async () => {
    const api = makeApi()
    const ip = await api.createIp({ isIpv6: false, tags: ['mine'] })
    expect(ip).toMatchObject({ projectId: PROJECT, tags: ['mine'], region: 'fr-par' })
    expect((await api.updateIp({ ipId: ip.id, reverse: 'a.example' })).reverse).toBe('a.example')
    const lb = await api.createLb({
      name: `sdk ${kind}`,
      description: 'made by the client',
      ipId: ip.id,
      tags: ['a'],
      type: 'LB-S',
      sslCompatibilityLevel: 'ssl_compatibility_level_unknown',
    })
    expect(lb).toMatchObject({ status: 'to_create', type: 'lb-s', ip: [{ id: ip.id }] })
    expect(lb.createdAt).toBeInstanceOf(Date)

    const nodes = await Promise.all(
      (['fr-par-a', 'fr-par-b'] as const).map((node) => follow(controlPlane, node)),
    )
    const [a, b] = nodes
    await a?.report(lbReport({ lb_id: lb.id, active: true }))
    await b?.report(lbReport({ lb_id: lb.id }))
    const ready = await api.waitForLb({ lbId: lb.id })
    expect(ready.status).toBe('ready')
    expect(ready.instances.map(({ status }) => status)).toEqual(['ready', 'ready'])
    for (const node of nodes) node.close()

    const backend = await api.createBackend({
      lbId: lb.id,
      name: 'web',
      forwardProtocol: 'http',
      forwardPort: 80,
      forwardPortAlgorithm: 'roundrobin',
      stickySessions: 'none',
      stickySessionsCookieName: '',
      healthCheck: {
        port: 80,
        checkMaxRetries: 3,
        checkSendProxy: false,
        checkDelay: '3s',
        checkTimeout: '1000',
        httpConfig: { uri: '/', method: 'GET', code: 200, hostHeader: '' },
        transientCheckDelay: '0.5s',
      },
      serverIp: ['10.0.0.1'],
      timeoutConnect: '5s',
    })
    expect(backend).toMatchObject({ pool: ['10.0.0.1'], timeoutConnect: 5000, lb: { id: lb.id } })
    expect(backend.healthCheck?.httpConfig?.uri).toBe('/')
    const backendId = backend.id
    const added = await api.addBackendServers({ backendId, serverIp: ['10.0.0.2'] })
    expect(added.pool).toEqual(['10.0.0.1', '10.0.0.2'])
    const removed = await api.removeBackendServers({ backendId, serverIp: ['10.0.0.1'] })
    expect(removed.pool).toEqual(['10.0.0.2'])
    const set = await api.setBackendServers({ backendId, serverIp: ['10.0.0.3', '10.0.0.4'] })
    expect(set.pool).toEqual(['10.0.0.3', '10.0.0.4'])
    const check = await api.updateHealthCheck({
      backendId,
      port: 81,
      checkMaxRetries: 1,
      checkSendProxy: false,
      tcpConfig: {},
    })
    expect(check).toMatchObject({ port: 81, tcpConfig: {} })
    const changed = await api.updateBackend({
      backendId,
      name: 'renamed',
      forwardProtocol: 'http',
      forwardPort: 8080,
      forwardPortAlgorithm: 'roundrobin',
      stickySessions: 'none',
      stickySessionsCookieName: '',
    })
    expect(changed).toMatchObject({ name: 'renamed', forwardPort: 8080, pool: set.pool })
    expect((await api.getBackend({ backendId })).healthCheck?.port).toBe(81)
    expect((await api.listBackends({ lbId: lb.id })).totalCount).toBe(1)

    const rule = { name: 'http', inboundPort: 80, backendId, enableHttp3: false }
    const frontend = await api.createFrontend({ lbId: lb.id, ...rule, enableAccessLogs: false })
    expect(frontend).toMatchObject({ inboundPort: 80, backend: { id: backendId } })
    const frontendId = frontend.id
    await api.updateFrontend({ ...rule, frontendId, inboundPort: 81, timeoutClient: '5s' })
    expect(await api.getFrontend({ frontendId })).toMatchObject({ inboundPort: 81 })
    expect(await api.listFrontends({ lbId: lb.id }).all()).toHaveLength(1)
    const stats = await api.listBackendStats({ lbId: lb.id })
    expect(stats.totalCount).toBe(4)
    expect((await api.getLbStats({ lbId: lb.id })).backendServersStats).toHaveLength(4)

    const update = { name: 'renamed', description: '', tags: [] }
    expect(await api.updateLb({ lbId: lb.id, ...update })).toMatchObject(update)
    const listed = await api.listLbs({ name: 'renam', orderBy: 'name_asc' })
    expect(listed).toMatchObject({ totalCount: 1, lbs: [{ id: lb.id, backendCount: 1 }] })
    expect((await api.listLbTypes()).lbTypes.map(({ name }) => name)).toContain('LB-S')

    await expect(api.deleteBackend({ backendId })).rejects.toMatchObject({
      name: 'PreconditionFailedError',
      precondition: 'resource_still_in_use',
    })
    await api.deleteFrontend({ frontendId })
    await api.deleteBackend({ backendId })
    await api.deleteLb({ lbId: lb.id, releaseIp: false })
    await expect(api.getLb({ lbId: lb.id })).rejects.toMatchObject({ status: 404 })
    expect((await api.getIp({ ipId: ip.id })).lbId).toBeNull()
    expect((await api.listIPs({ tags: ['mine'] })).totalCount).toBe(1)
    await api.releaseIp({ ipId: ip.id })
    expect((await api.listIPs()).totalCount).toBe(0)
  })

  test('recognizes errors', async () => {
    await expect(makeApi().createIp({ isIpv6: true })).rejects.toMatchObject({
      name: 'InvalidArgumentsError',
      details: [{ argumentName: 'is_ipv6', reason: 'constraint' }],
    })
    const other = new Lbv1[kind](makeClient(PROJECT)) as Lbv1.ZonedAPI
    await expect(other.listLbs()).rejects.toMatchObject({
      name: 'DeniedAuthenticationError',
      method: 'api_key',
      reason: 'not_found',
    })
  })
})

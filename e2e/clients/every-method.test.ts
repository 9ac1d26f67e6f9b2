import { randomUUID } from 'node:crypto'
import { Agent } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ProjectList } from '#lib/core/iam.ts'
import { ownAddresses } from '#lib/testing/loopback.ts'
import { startNginx, type WebServer } from '#lib/testing/programs/nginx.ts'
import { waitFor } from '#lib/testing/wait.ts'
import { Api } from '../support/api.ts'
import { type Installation, startInstallation } from '../support/installation.ts'
import {
  expectCertificateCalls,
  expectEmptyLocations,
  expectPrivateNetworkCalls,
  expectSubscriberCalls,
} from './expect-calls.ts'
import { expectAnswer, expectRefused, get } from './load-balancer-client.ts'
import type { SdkApi, SdkSettings } from './opened-sdk.ts'
import { KINDS, type Kind } from './sdk-kinds.ts'

const SERVERS = ownAddresses(3)
const [WEB, OTHER, IMAGES] = SERVERS as [string, string, string]
const PORT = 8184

let installation: Installation
let servers: WebServer[]
let settings: SdkSettings

beforeAll(async () => {
  const names = ['web', 'other', 'images']
  servers = await Promise.all(
    SERVERS.map((ip, index) => startNginx(names[index] as string, ip, PORT)),
  )
  installation = await startInstallation()
  const projects = '/account/v3/projects'
  const [project] = (await new Api(installation).ok<ProjectList>('GET', projects)).projects
  if (!project) throw new Error('There is no project.')
  const { apiUrl, accessKey, secretKey } = installation
  const { id: projectId, organization_id: organizationId } = project
  settings = { apiUrl, accessKey, secretKey, projectId, organizationId }
})
afterAll(async () => {
  await installation?.remove()
  await Promise.all((servers ?? []).map((server) => server.remove()))
})

const NO_FILTER = {
  ipSubnet: [],
  ipsEdgeServices: false,
  httpFilter: 'acl_http_filter_none' as const,
  httpFilterValue: [],
  invert: false,
}
const BACKEND = {
  forwardProtocol: 'http' as const,
  forwardPort: PORT,
  forwardPortAlgorithm: 'roundrobin' as const,
  stickySessions: 'none' as const,
  stickySessionsCookieName: '',
}
const CHECK = {
  port: PORT,
  checkMaxRetries: 1,
  checkSendProxy: false,
  checkDelay: '200',
  checkTimeout: '1000',
  transientCheckDelay: '0.1s',
}

for (const kind of KINDS) everyMethod(kind)

function everyMethod({ name: kind, open, missing, region, lbIds }: Kind) {
  const title = `every method of ${kind}${missing ? ` (${missing})` : ''}`
  describe.skipIf(missing)(title, { tags: ['in-order'] }, () => {
    const made = { lbId: '', url: '', ipId: '', backendId: '', imagesId: '', frontendId: '' }
    let api: SdkApi
    let uncalled: () => string[]
    let close: () => Promise<void>

    beforeAll(async () => {
      ;({ api, uncalled, close } = await open(settings))
    })
    afterAll(() => close?.())

    test('load balancers and their IP addresses', async () => {
      const ip = await api.createIp({ isIpv6: false, tags: [kind] })
      await api.updateIp({ ipId: ip.id, reverse: 'site.example' })
      expect(await api.getIp({ ipId: ip.id })).toMatchObject({
        reverse: 'site.example',
        tags: [kind],
      })
      expect((await api.listIPs({ tags: [kind] })).totalCount).toBe(1)
      const lb = await api.createLb({ name: kind, description: '', type: 'lb-s', ipId: ip.id })
      Object.assign(made, { lbId: lb.id, ipId: ip.id, url: `${ip.ipAddress}:8000` })
      expect((await api.listLbs({ name: kind })).lbs).toMatchObject([{ id: lb.id }])
      if (lbIds) {
        const listed = async (ids: string[]) => (await api.listLbs({ lbIds: ids } as object)).lbs
        expect(await listed([randomUUID(), lb.id])).toMatchObject([{ id: lb.id }])
        expect(await listed([randomUUID()])).toEqual([])
      }
      const renamed = await api.updateLb({
        lbId: lb.id,
        name: `${kind} 2`,
        description: 'd',
        tags: [],
      })
      expect(renamed).toMatchObject({ name: `${kind} 2`, description: 'd' })
      expect((await api.getLb({ lbId: lb.id })).name).toBe(`${kind} 2`)
    })

    test('backends and frontends, and the first response', async () => {
      const { lbId } = made
      const healthCheck = { ...CHECK, tcpConfig: {} }
      const of = (name: string, serverIp: string[]) =>
        api.createBackend({ lbId, name, ...BACKEND, healthCheck, serverIp })
      made.backendId = (await of('web', [WEB])).id
      made.imagesId = (await of('images', [IMAGES])).id
      const frontend = await api.createFrontend({
        lbId,
        name: 'http',
        inboundPort: 8000,
        backendId: made.backendId,
        enableHttp3: false,
        enableAccessLogs: false,
      })
      made.frontendId = frontend.id
      expect((await api.waitForLb({ lbId })).status).toBe('ready')
      await expectAnswer(made.url, { status: 200, body: 'web' })
      expect((await api.listBackends({ lbId })).totalCount).toBe(2)
      expect((await api.listFrontends({ lbId })).totalCount).toBe(1)
      expect((await api.getFrontend({ frontendId: made.frontendId })).backend?.name).toBe('web')
    })

    test('servers: responses follow the list', async () => {
      const { backendId, url } = made
      await api.setBackendServers({ backendId, serverIp: [OTHER] })
      await expectAnswer(url, { body: 'other' })
      await api.addBackendServers({ backendId, serverIp: [WEB] })
      await expectAnswer(url, { body: 'web' })
      await api.removeBackendServers({ backendId, serverIp: [OTHER] })
      expect((await api.getBackend({ backendId })).pool).toEqual([WEB])
      for (let index = 0; index < 4; index += 1) await expectAnswer(url, { body: 'web' })
      const failing = { uri: '/', method: 'GET', code: 418, hostHeader: '' }
      await api.updateHealthCheck({ backendId, ...CHECK, httpConfig: failing })
      await expectAnswer(url, { status: 503 })
      const { backendServersStats } = await api.listBackendStats({ lbId: made.lbId })
      expect(backendServersStats.map(({ ip }) => ip)).toContain(WEB)
      await api.updateHealthCheck({ backendId, ...CHECK, httpConfig: { ...failing, code: 200 } })
      await expectAnswer(url, { status: 200, body: 'web' })
      await waitFor('both instances report it', async () => {
        const stats = await api.getLbStats({ lbId: made.lbId, backendId })
        return stats.backendServersStats.every((one) => one.lastHealthCheckStatus === 'passed')
      })
      await api.updateBackend({ backendId, name: 'renamed', ...BACKEND, maxConnections: 10 })
      expect(await api.getBackend({ backendId })).toMatchObject({
        name: 'renamed',
        maxConnections: 10,
      })
    })

    test('a frontend moves to another port', async () => {
      const { frontendId, backendId } = made
      const rule = { frontendId, name: 'http', backendId, enableHttp3: false }
      await api.updateFrontend({ ...rule, inboundPort: 8001 })
      const moved = made.url.replace(':8000', ':8001')
      await expectAnswer(moved, { status: 200 })
      await expectRefused(made.url)
      await api.updateFrontend({ ...rule, inboundPort: 8000 })
      await expectAnswer(made.url, { status: 200 })
    })

    test('routes: one frontend, many backends', async () => {
      const { frontendId, imagesId, backendId, url } = made
      const host = { hostHeader: 'images.example', matchSubdomains: false }
      const route = await api.createRoute({ frontendId, backendId: imagesId, match: host })
      await expectAnswer(url, { body: 'images' }, { host: 'images.example' })
      await expectAnswer(url, { body: 'web' })
      const path = { pathBegin: '/images/', matchSubdomains: false }
      await api.updateRoute({ routeId: route.id, backendId: imagesId, match: path })
      await expectAnswer(url, { body: 'images' }, { path: '/images/a.png' })
      await expectAnswer(url, { body: 'web' }, { host: 'images.example' })
      expect((await api.getRoute({ routeId: route.id })).match?.pathBegin).toBe('/images/')
      expect((await api.listRoutes({ frontendId })).routes).toHaveLength(1)
      await expect(api.deleteBackend({ backendId: imagesId })).rejects.toMatchObject({
        status: 412,
      })
      await api.deleteRoute({ routeId: route.id })
      await expectAnswer(url, { body: 'web' }, { path: '/images/a.png' })
      expect((await api.getBackend({ backendId })).lb?.routeCount).toBe(0)
    })

    test('ACLs: allow, deny and redirect', async () => {
      const { frontendId, url } = made
      const begins = {
        ...NO_FILTER,
        httpFilter: 'path_begin' as const,
        httpFilterValue: ['/private'],
      }
      const acl = await api.createAcl({
        frontendId,
        name: 'private',
        action: { type: 'deny' },
        match: begins,
        index: 1,
        description: '',
      })
      await expectAnswer(url, { status: 403 }, { path: '/private/a' })
      await expectAnswer(url, { status: 200 })
      const redirect = { type: 'location' as const, target: 'https://{{host}}{{path}}', code: 307 }
      await api.updateAcl({
        aclId: acl.id,
        name: 'private',
        action: { type: 'redirect', redirect },
        index: 1,
      })
      const location = 'https://site.example/private/a'
      await expectAnswer(url, { status: 307, location }, { path: '/private/a' })
      expect((await api.getAcl({ aclId: acl.id })).match?.httpFilterValue).toEqual(['/private'])
      expect((await api.listAcls({ frontendId })).totalCount).toBe(1)
      if ('setAcls' in api) {
        const office = { ...NO_FILTER, ipSubnet: ['127.0.0.0/8'], invert: true }
        const all = await api.setAcls({
          frontendId,
          acls: [
            { name: 'office', action: { type: 'deny' }, match: office, index: 0, description: '' },
            { name: 'shut', action: { type: 'deny' }, match: begins, index: 1, description: '' },
          ],
        })
        expect(all.totalCount).toBe(2)
        await expectAnswer(url, { status: 403 }, { path: '/private/a' })
        await expectAnswer(url, { status: 200 })
        await api.setAcls({ frontendId, acls: [] })
      } else await (api as SdkApi).deleteAcl({ aclId: acl.id })
      await expectAnswer(url, { status: 200 }, { path: '/private/a' })
      const last = await api.createAcl({
        frontendId,
        name: 'all',
        action: { type: 'deny' },
        index: 0,
        description: '',
      })
      await expectAnswer(url, { status: 403 })
      await api.deleteAcl({ aclId: last.id })
      await expectAnswer(url, { status: 200 })
    })

    test('another type: connections stay open', async () => {
      const { lbId, url } = made
      const agent = new Agent({ keepAlive: true, maxSockets: 1 })
      await get(url, { agent })
      const migrating = await api.migrateLb({ lbId, type: 'lb-gp-m' })
      expect(migrating).toMatchObject({ status: 'migrating', type: 'lb-s' })
      expect((await api.waitForLb({ lbId })).type).toBe('lb-gp-m')
      const sockets = () => Object.values(agent.freeSockets).flat()
      const [socket] = sockets()
      expect(await get(url, { agent })).toMatchObject({ status: 200 })
      expect(sockets()[0]).toBe(socket)
      agent.destroy()
      const types = await api.listLbTypes()
      expect(types.lbTypes.map(({ name }) => name)).toContain('LB-GP-M')
    })

    test('certificates', () => expectCertificateCalls(api, made.lbId))

    test('private networks', async () => {
      await expectPrivateNetworkCalls(api, made.lbId)
      await expectAnswer(made.url, { status: 200 })
    })

    test('subscribers', () => expectSubscriberCalls(api, made.lbId, kind))

    test('Warsaw and Milan are empty, and nothing can be created there', () =>
      expectEmptyLocations(api, region, made.lbId))

    test('everything is deleted, the address last', async () => {
      const { lbId, ipId, url, frontendId, backendId, imagesId } = made
      await api.deleteFrontend({ frontendId })
      await expectRefused(url)
      await api.deleteBackend({ backendId })
      await api.deleteBackend({ backendId: imagesId })
      await api.deleteLb({ lbId, releaseIp: false })
      await expect(api.getLb({ lbId })).rejects.toMatchObject({ status: 404 })
      expect((await api.getIp({ ipId })).lbId).toBeNull()
      await api.releaseIp({ ipId })
      await expect(api.getIp({ ipId })).rejects.toMatchObject({ status: 404 })
    })

    test('every method was called', () => {
      expect(uncalled()).toEqual([])
    })
  })
}

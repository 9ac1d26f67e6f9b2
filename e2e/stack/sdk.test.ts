import { createClient } from '@scaleway/sdk-client'
import { Lbv1 } from '@scaleway/sdk-lb'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ownAddresses } from '#lib/testing/loopback.ts'
import { startNginx, type WebServer } from '#lib/testing/programs/nginx.ts'
import { waitFor } from '#lib/testing/wait.ts'
import { Api } from '../support/api.ts'
import { type Installation, startInstallation } from '../support/installation.ts'

const SERVERS = ownAddresses(3)
const PORT = 8182

describe("with Scaleway's official client", () => {
  let installation: Installation
  let servers: WebServer[]

  beforeAll(async () => {
    servers = await Promise.all(SERVERS.map((ip, index) => startNginx(`web${index}`, ip, PORT)))
    installation = await startInstallation()
  })

  afterAll(async () => {
    await installation?.remove()
    await Promise.all((servers ?? []).map((server) => server.remove()))
  })

  function clientOf() {
    return createClient({
      apiURL: installation.apiUrl,
      accessKey: installation.accessKey,
      secretKey: installation.secretKey,
      defaultRegion: 'nl-ams',
      defaultZone: 'nl-ams-1',
    })
  }

  const healthCheck = {
    port: PORT,
    checkDelay: '200',
    checkTimeout: '500',
    checkMaxRetries: 2,
    transientCheckDelay: '0.1s',
    checkSendProxy: false,
    httpConfig: { uri: '/health', method: 'GET', code: 200, hostHeader: '' },
  }
  const backend = {
    name: 'web',
    forwardProtocol: 'http' as const,
    forwardPort: PORT,
    forwardPortAlgorithm: 'roundrobin' as const,
    stickySessions: 'none' as const,
    stickySessionsCookieName: '',
    healthCheck,
    serverIp: SERVERS,
  }

  for (const [kind, apiOf] of [
    ['regional', () => new Lbv1.API(clientOf())],
    ['zoned', () => new Lbv1.ZonedAPI(clientOf()) as unknown as Lbv1.API],
  ] as const) {
    test(`${kind}: create, serve, lose a server, delete, use its address again`, async () => {
      const api = apiOf()
      const lb = await api.createLb({ name: `sdk-${kind}`, description: '', type: 'lb-s' } as never)
      const { id: backendId } = await api.createBackend({ lbId: lb.id, ...backend } as never)
      await api.createFrontend({ lbId: lb.id, name: 'http', inboundPort: 8000, backendId } as never)
      const ready = await api.waitForLb({ lbId: lb.id })
      expect(ready).toMatchObject({ status: 'ready', frontendCount: 1, backendCount: 1 })
      const url = `http://${ready.ip[0]?.ipAddress}:8000/`
      await waitFor('it serves', async () => (await fetch(url)).ok)

      const states = async () => {
        const { backendServersStats } = await api.listBackendStats({ lbId: lb.id })
        return backendServersStats.map(({ ip, lastHealthCheckStatus: last }) => `${ip} ${last}`)
      }
      await waitFor('all pass', async () => (await states()).every((s) => s.endsWith('passed')))
      await servers[0]?.kill()
      await waitFor('one fails', async () => (await states()).includes(`${SERVERS[0]} failed`))
      await servers[0]?.start()
      await waitFor('all pass again', async () =>
        (await states()).every((state) => state.endsWith('passed')),
      )

      await api.deleteLb({ lbId: lb.id, releaseIp: false })
      const ipId = ready.ip[0]?.id as string
      expect(await api.getIp({ ipId })).toMatchObject({ lbId: null })
      const next = await api.createLb({ name: `next-${kind}`, description: '', ipId } as never)
      expect(next.ip[0]?.ipAddress).toBe(ready.ip[0]?.ipAddress)
      await api.waitForLb({ lbId: next.id })
      await api.deleteLb({ lbId: next.id, releaseIp: true })
    })
  }

  test('both classes reach the same objects', async () => {
    const regional = new Lbv1.API(clientOf())
    const zoned = new Lbv1.ZonedAPI(clientOf())
    const lb = await regional.createLb({ name: 'same', description: '' } as never)
    expect(await zoned.getLb({ lbId: lb.id })).toMatchObject({ id: lb.id, zone: 'nl-ams-1' })
    await expect(zoned.getLb({ lbId: lb.id, zone: 'fr-par-1' })).rejects.toMatchObject({
      status: 404,
    })
    const answer = await new Api(installation).call('GET', `/lb/v1/zones/nl-ams-1/lbs/${lb.id}`)
    expect(answer.status).toBe(200)
  })

  test('errors are the SDK’s error classes', async () => {
    const api = new Lbv1.API(clientOf())
    const lb = await api.createLb({ name: 'errors', description: '' } as never)
    const wrong = { ...backend, lbId: lb.id, serverIp: ['10.0.0.4', 'nonsense'] }
    await expect(api.createBackend(wrong as never)).rejects.toMatchObject({
      name: 'InvalidArgumentsError',
      details: [{ argumentName: 'server_ip.1', reason: expect.any(String) }],
    })
    const stranger = createClient({
      apiURL: installation.apiUrl,
      accessKey: installation.accessKey,
      secretKey: '11111111-2222-4333-8444-555555555555',
      defaultRegion: 'nl-ams',
    })
    await expect(new Lbv1.API(stranger).listLbs()).rejects.toMatchObject({ status: 401 })
  })
})

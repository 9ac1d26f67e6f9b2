import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Lb } from '#lib/core/lb.ts'
import { ownAddresses } from '#lib/testing/loopback.ts'
import { startNginx, type WebServer } from '#lib/testing/programs/nginx.ts'
import { mountSmallDisk, type SmallDisk, whyNoSmallDisk } from '#lib/testing/small-disk.ts'
import { waitFor } from '#lib/testing/wait.ts'
import { Api, backendOf } from '../support/api.ts'
import { type Installation, startInstallation } from '../support/installation.ts'
import { SteadyClient } from '../support/steady-client.ts'

const PORT = 8186
const LBS = '/lb/v1/regions/fr-par/lbs'
const missing = whyNoSmallDisk()

describe.skipIf(missing)(missing ? `a full disk (${missing})` : 'a full disk', () => {
  let disk: SmallDisk
  let installation: Installation
  let api: Api
  let server: WebServer
  let lb: Lb

  beforeAll(async () => {
    const [address = ''] = ownAddresses(1)
    server = await startNginx('web', address, PORT)
    disk = mountSmallDisk(32)
    installation = await startInstallation({ dataDir: disk.path })
    api = new Api(installation)
    lb = await api.ok<Lb>('POST', LBS, {
      name: 'shop',
      backends: [backendOf([address], PORT)],
      frontends: [{ name: 'http', inbound_port: 8000, backend: 'web' }],
    })
    await api.waitForStatus(lb.id, 'ready')
    const { frontends, backends } = await api.children(lb.id)
    await api.ok('PUT', `/lb/v1/regions/fr-par/frontends/${frontends[0]?.id}`, {
      name: 'http',
      inbound_port: 8000,
      backend_id: backends[0]?.id,
      enable_access_logs: true,
    })
    await api.waitForApplied(lb.id)
  })

  afterAll(async () => {
    await installation?.stop()
    disk?.remove()
    await server?.remove()
  })

  test('ends no process, fails no request, and recovers once there is room', async () => {
    const pids = () => installation.processes().map(({ title, pid }) => `${title} ${pid}`)
    const before = pids().toSorted()
    const url = `http://${lb.ip[0]?.ip_address}:8000/`
    await waitFor('it serves', async () => (await fetch(url)).ok)
    const client = new SteadyClient(url, 2)
    disk.fill()
    // Every refused write also logs a line, for which there is no room either.
    const tags = ['x'.repeat(100)]
    await waitFor('writes are refused', async () => {
      const { status } = await api.call('POST', LBS, { name: 'more', tags })
      return status === 507
    })
    const asked = client.succeeded
    await waitFor('traffic beyond what has room in a log', () => client.succeeded > asked + 300)
    expect((await api.lb(lb.id)).status).toBe('ready')
    expect((await api.call('PUT', `${LBS}/${lb.id}`, { name: 'renamed', tags })).status).toBe(507)
    expect(pids().toSorted()).toEqual(before)

    disk.free()
    await waitFor('a write', async () => {
      return (await api.call('PUT', `${LBS}/${lb.id}`, { name: 'renamed', tags })).status === 200
    })
    await api.waitForApplied(lb.id)
    await expect.poll(async () => (await api.observed(lb.id)).problems).toEqual([])
    const { failures, succeeded } = await client.stop()
    console.log(`${succeeded} requests over a full disk, failures ${JSON.stringify(failures)}`)
    expect(failures).toEqual({})
    expect(pids().toSorted()).toEqual(before)
    const log = readFileSync(join(disk.path, 'logs', 'control-plane.log'), 'utf8')
    expect(log.length).toBeGreaterThan(0)
  })
})

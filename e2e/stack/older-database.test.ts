import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { DivergenceList, FollowDatabaseResult } from '#lib/core/divergence.ts'
import type { Lb } from '#lib/core/lb.ts'
import { ownAddresses } from '#lib/testing/loopback.ts'
import { startNginx, type WebServer } from '#lib/testing/programs/nginx.ts'
import { waitFor } from '#lib/testing/wait.ts'
import { Api, backendOf } from '../support/api.ts'
import { type Installation, startInstallation } from '../support/installation.ts'
import { runScript } from '../support/script.ts'
import { SteadyClient } from '../support/steady-client.ts'

const SERVERS = ownAddresses(2) as [string, string]
const PORT = 8185
const LBS = '/lb/v1/regions/fr-par/lbs'

describe('nodes and a database that diverge', { tags: ['in-order'] }, () => {
  let installation: Installation
  let api: Api
  let servers: WebServer[]
  let lb: Lb
  let later: Lb

  const urlOf = (one: Lb) => `http://${one.ip[0]?.ip_address}:8000/`
  const served = async (one: Lb) => (await (await fetch(urlOf(one))).text()).trim()
  const divergences = async () =>
    (await api.ok<DivergenceList>('GET', '/fairlead/v1/divergences')).divergences

  const create = async (name: string, ip: string) => {
    const made = await api.ok<Lb>('POST', LBS, {
      name,
      backends: [backendOf([ip], PORT)],
      frontends: [{ name: 'http', inbound_port: 8000, backend: 'web' }],
    })
    await api.waitForStatus(made.id, 'ready')
    await waitFor(`${name} serves`, async () => (await fetch(urlOf(made))).ok)
    return made
  }

  const startAgain = async () => {
    const { dataDir, apiUrl, consoleUrl, secretKey } = installation
    const env = {
      PORT: new URL(consoleUrl).port,
      FAIRLEAD_API_PORT: new URL(apiUrl).port,
      FAIRLEAD_SECRET_KEY: secretKey,
    }
    installation = await startInstallation({ dataDir, env })
  }

  beforeAll(async () => {
    servers = await Promise.all(SERVERS.map((ip, index) => startNginx(`web${index}`, ip, PORT)))
    installation = await startInstallation()
    api = new Api(installation)
  })

  afterAll(async () => {
    await installation?.remove()
    await Promise.all((servers ?? []).map((server) => server.remove()))
  })

  test('after a restart of the control plane a change is in effect within 2 s', async () => {
    lb = await create('shop', SERVERS[0])
    const client = new SteadyClient(urlOf(lb), 2)
    await waitFor('traffic', () => client.succeeded > 10)
    process.kill(installation.process('fairlead control-plane').pid, 'SIGKILL')
    const path = `${LBS}/${lb.id}`
    await waitFor('a change is acknowledged', () => api.ok('PUT', path, { name: 'shop 2' }))
    const backAt = performance.now()
    await api.waitForApplied(lb.id)
    const ms = performance.now() - backAt
    const { failures, succeeded } = await client.stop()
    console.log(`control plane back: both nodes up to date after ${ms.toFixed(0)} ms`)
    console.log(`${succeeded} requests meanwhile, failures ${JSON.stringify(failures)}`)
    expect(failures).toEqual({})
    // Within two seconds on an idle machine; a node's retry delay is a second at most.
    expect(ms).toBeLessThan(10_000)
  })

  test('with an older copy of the database nodes keep their configuration, whatever is edited', async () => {
    const copy = join(installation.dataDir, 'copy.db')
    const backup = await runScript('backup', [copy], installation.dataDir)
    expect(backup).toMatchObject({ code: 0, output: expect.stringContaining('1 load balancer') })
    const { backends } = await api.children(lb.id)
    const path = `/lb/v1/regions/fr-par/backends/${backends[0]?.id}/servers`
    await api.ok('PUT', path, { server_ip: [SERVERS[1]] })
    later = await create('later', SERVERS[1])
    await waitFor('the change serves', async () => (await served(lb)) === 'web1')

    const early = await runScript('restore', [copy], installation.dataDir)
    expect([early.code, early.output]).toEqual([1, expect.stringContaining('already running')])
    await installation.stop()
    const restored = await runScript('restore', [copy], installation.dataDir)
    expect([restored.code, restored.output]).toEqual([0, expect.stringContaining('is kept as')])
    await startAgain()

    await waitFor('both are divergences', async () => (await divergences()).length === 2)
    expect((await divergences()).map(({ lb_id, name }) => [lb_id, name])).toEqual([
      [lb.id, 'shop 2'],
      [later.id, null],
    ])
    await api.ok('PUT', path, { server_ip: SERVERS })
    // Another load balancer's change has reached the nodes, so this one's would have.
    await create('other', SERVERS[0])
    expect((await api.observed(lb.id)).problems[0]?.message).toMatch(
      /which this database has never had/,
    )
    for (let asked = 0; asked < 10; asked++) {
      expect([await served(lb), await served(later)]).toEqual(['web1', 'web1'])
    }
  })

  test('after a confirmation both nodes follow the database', async () => {
    const client = new SteadyClient(urlOf(lb), 2)
    await waitFor('traffic', () => client.succeeded > 10)
    const startedAt = performance.now()
    const answer = await api.ok<FollowDatabaseResult>('POST', '/fairlead/v1/follow-database', {})
    expect(answer).toEqual({ followed: [lb.id], removed: [] })
    await api.waitForApplied(lb.id)
    const ms = performance.now() - startedAt
    const { failures } = await client.stop()
    console.log(`followed on both nodes after ${ms.toFixed(0)} ms, ${JSON.stringify(failures)}`)
    expect(failures).toEqual({})
    await expect.poll(async () => (await api.observed(lb.id)).problems).toEqual([])
    await waitFor('both servers are asked', async () => (await served(lb)) === 'web0')
    expect(await served(later)).toBe('web1')
  })

  test('without the database traffic goes on, and nodes start from their last good configurations', async () => {
    const client = new SteadyClient(urlOf(lb), 2)
    await waitFor('traffic', () => client.succeeded > 10)
    for (const name of readdirSync(installation.dataDir)) {
      if (name.startsWith('fairlead.db')) rmSync(join(installation.dataDir, name))
    }
    process.kill(installation.process('fairlead control-plane').pid, 'SIGKILL')
    await waitFor('all three are divergences', async () => (await divergences()).length === 3)
    const { failures } = await client.stop()
    expect(failures).toEqual({})

    const controlPlane = installation.process('fairlead control-plane').pid
    process.kill(controlPlane, 'SIGSTOP')
    const nodes = ['a', 'b'].map((cluster) =>
      installation.process(`fairlead node fr-par-${cluster}`),
    )
    for (const { pid } of nodes) process.kill(pid, 'SIGKILL')
    const answer = () => fetch(urlOf(later), { signal: AbortSignal.timeout(2000) })
    await waitFor('it serves without the control plane', async () => (await answer()).ok)
    process.kill(controlPlane, 'SIGCONT')
    expect((await divergences()).length).toBe(3)
    const word = { unknown: true }
    const { removed } = await api.ok<FollowDatabaseResult>(
      'POST',
      '/fairlead/v1/follow-database',
      word,
    )
    expect(removed.length).toBe(3)
    await waitFor('nothing is served any more', () =>
      answer().then(
        () => false,
        () => true,
      ),
    )
  })
})

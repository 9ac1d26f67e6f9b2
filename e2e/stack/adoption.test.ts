import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Lb } from '#lib/core/lb.ts'
import type { NodeList } from '#lib/core/node.ts'
import { ownAddresses, ownNetwork } from '../../lib/testing/loopback.ts'
import { startNginx, type WebServer } from '../../lib/testing/programs/nginx.ts'
import { waitFor } from '../../lib/testing/wait.ts'
import { Api, backendOf } from '../support/api.ts'
import { type Installation, launch, startInstallation } from '../support/installation.ts'
import { isRunning } from '../support/process-tree.ts'
import { SteadyClient } from '../support/steady-client.ts'

const WORKERS = 2
const REGION = '/lb/v1/regions/fr-par'
const PORT = 8184
const SERVERS = ownAddresses(2)

describe('a supervisor that is killed', { tags: ['in-order'] }, () => {
  const env = {
    FAIRLEAD_WORKERS: String(WORKERS),
    FAIRLEAD_IP_POOLS: `fr-par=${ownNetwork()}.0/24,nl-ams=${ownNetwork()}.0/24`,
  }
  let installation: Installation
  let successor: Installation | null = null
  let webs: WebServer[]
  let api: Api
  let lb: Lb
  let url: string
  let nodes: { title: string; pid: number }[]
  let active: string

  const nodesOf = ({ processes }: Installation) =>
    processes().filter(({ title }) => title.startsWith('fairlead node '))

  beforeAll(async () => {
    webs = await Promise.all(SERVERS.map((ip, index) => startNginx(`web${index}`, ip, PORT)))
    installation = await startInstallation({ env })
    api = new Api(installation)
    lb = await api.ok<Lb>('POST', `${REGION}/lbs`, {
      name: 'shop',
      backends: [backendOf(SERVERS, PORT)],
      frontends: [{ name: 'http', inbound_port: 8000, backend: 'web' }],
    })
    url = `http://${lb.ip[0]?.ip_address}:8000/`
    lb = await api.waitForStatus(lb.id, 'ready')
    await api.waitForApplied(lb.id)
    const { instances } = await api.observed(lb.id)
    active = instances.find((instance) => instance.active)?.cluster ?? ''
    nodes = nodesOf(installation)
  })

  afterAll(async () => {
    await successor?.remove()
    await installation?.remove()
    for (const { pid } of nodes ?? []) if (isRunning(pid)) process.kill(pid, 'SIGKILL')
    for (const web of webs ?? []) await web.remove()
  })

  test('its nodes go on, its successor adopts them, and no request is lost', async () => {
    const client = new SteadyClient(url)
    await waitFor('traffic', () => client.succeeded > 50)
    const { pid } = installation.process('fairlead supervisor')
    process.kill(pid, 'SIGKILL')
    await waitFor('it is gone', () => !isRunning(pid))
    const alone = client.succeeded
    await waitFor('traffic without it', () => client.succeeded > alone + 200)
    const { dataDir, secretKey, accessKey } = installation
    const keys = { FAIRLEAD_SECRET_KEY: secretKey, FAIRLEAD_ACCESS_KEY: accessKey }
    successor = await startInstallation({ dataDir, env: { ...env, ...keys } })
    api = new Api({ ...successor, secretKey })
    const ready = client.succeeded
    await waitFor('traffic with its successor', () => client.succeeded > ready + 200)
    const { failures, largestGapMs, succeeded } = await client.stop()
    console.log(
      `supervisor killed and started again: ready after ${successor.readyAfterMs.toFixed(0)} ms, ` +
        `${succeeded} requests, largest gap ${largestGapMs.toFixed(1)} ms, failures ${JSON.stringify(failures)}`,
    )
    expect(failures).toEqual({})
    expect(nodes.every((node) => isRunning(node.pid))).toBe(true)
    expect(nodesOf(successor)).toEqual([])
    expect(successor.output()).toMatch(/Adopted the running nodes/)
  })

  test('adopted nodes follow the new control plane', async () => {
    await waitFor('both have reported', async () => (await api.observed(lb.id)).applied_on === 2)
    const { backends } = await api.children(lb.id)
    const path = `${REGION}/backends/${backends[0]?.id}/servers`
    await api.ok('PUT', path, { server_ip: [SERVERS[1]] })
    await api.waitForApplied(lb.id)
    const answers = await Promise.all(
      Array.from({ length: 20 }, async () => (await fetch(url)).text()),
    )
    expect(new Set(answers.map((text) => text.trim()))).toEqual(new Set(['web1']))
  })

  test('an adopted worker that ends is restarted, and no connection is refused', async () => {
    const client = new SteadyClient(url)
    await waitFor('traffic', () => client.succeeded > 50)
    const worker = nodes.find(({ title }) => title === `fairlead node fr-par-${active} worker 2`)
    process.kill(worker?.pid ?? 0, 'SIGKILL')
    const started = await waitFor('it is started again', () =>
      successor ? nodesOf(successor)[0] : undefined,
    )
    expect(started.title).toBe(worker?.title)
    await waitFor('it follows the control plane', async () => {
      const { nodes } = await api.ok<NodeList>('GET', '/fairlead/v1/nodes')
      const node = nodes.find(({ name }) => name === `fr-par-${active}`)
      return node?.workers.connected === WORKERS
    })
    const { failures } = await client.stop()
    expect(failures.ECONNREFUSED).toBeUndefined()
  })

  test('adopted nodes fail over, hung ones too, and no connection is refused', async () => {
    const client = new SteadyClient(url)
    await waitFor('traffic', () => client.succeeded > 50)
    const first = nodes.find(({ title }) => title === `fairlead node fr-par-${active}`)?.pid ?? 0
    const second = successor ? (nodesOf(successor)[0]?.pid ?? 0) : 0
    for (const pid of [first, second]) process.kill(pid, 'SIGSTOP')
    await waitFor('they are ended', () => !isRunning(first) && !isRunning(second))
    const before = client.succeeded
    await waitFor('traffic again', () => client.succeeded > before + 100)
    const { failures, largestGapMs } = await client.stop()
    console.log(`adopted, then hung: gap ${largestGapMs.toFixed(0)} ms`)
    expect(failures.ECONNREFUSED).toBeUndefined()
    await waitFor('the other node is active', async () => {
      const { instances } = await api.observed(lb.id)
      return instances.some((instance) => instance.active && instance.cluster !== active)
    })
  })

  test('a second start is refused and changes nothing', async () => {
    const { dataDir } = installation
    const { child, output } = await launch({ dataDir })
    await waitFor('it has ended', () => child.exitCode !== null)
    expect(child.exitCode).toBe(1)
    expect(output()).toMatch(/^Fairlead is already running with the data directory .*process \d+/m)
    expect((await fetch(url)).status).toBe(200)
  })

  test('a regular stop ends everything, adopted nodes too', async () => {
    expect(await successor?.stop()).toBe(0)
    // They are not children of the supervisor, which only knows that it has asked them to exit.
    await waitFor('the nodes have ended', () => !nodes.some(({ pid }) => isRunning(pid)))
    await expect(fetch(url)).rejects.toThrow()
  })
})

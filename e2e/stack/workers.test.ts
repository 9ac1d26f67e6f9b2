import { connect, type Socket } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { DraftCheck } from '#lib/core/draft-check.ts'
import type { Lb } from '#lib/core/lb.ts'
import { ownAddresses } from '#lib/testing/loopback.ts'
import { startNginx, type WebServer } from '#lib/testing/programs/nginx.ts'
import { waitFor } from '#lib/testing/wait.ts'
import { Api, backendOf } from '../support/api.ts'
import { type Installation, startInstallation } from '../support/installation.ts'
import { isRunning } from '../support/process-tree.ts'
import { connectionsOf } from '../support/socket-owners.ts'
import { SteadyClient } from '../support/steady-client.ts'

const SERVERS = ownAddresses(2)
const PORT = 8182
const REGION = '/lb/v1/regions/fr-par'

describe('nodes of two worker processes', () => {
  let installation: Installation
  let api: Api
  let servers: WebServer[]
  let lb: Lb
  let active: string
  let url: string

  const workersOf = (cluster: string) => [
    `fairlead node fr-par-${cluster}`,
    `fairlead node fr-par-${cluster} worker 2`,
  ]
  const pidsOf = (cluster: string) =>
    workersOf(cluster).map((title) => installation.process(title).pid)
  const other = (cluster: string) => (cluster === 'a' ? 'b' : 'a')
  const activeCluster = async () => {
    const { instances } = await api.observed(lb.id)
    const all = instances.filter((instance) => instance.active)
    return all.length === 1 ? all[0]?.cluster : null
  }
  const replaced = (worker: string, pid: number) =>
    waitFor(`${worker} is started again`, async () => {
      const { instances } = await api.waitForApplied(lb.id)
      const found = installation.processes().find(({ title }) => title === worker)
      return found && found.pid !== pid && instances.every(({ connected }) => connected)
    })

  /** All workers run and have applied all configurations. */
  const allRun = () =>
    waitFor('nothing is wrong', async () => {
      const { applied_on, problems } = await api.observed(lb.id)
      return applied_on === 2 && problems.length === 0
    })

  beforeAll(async () => {
    servers = await Promise.all(SERVERS.map((ip, index) => startNginx(`web${index}`, ip, PORT)))
    installation = await startInstallation({ env: { FAIRLEAD_WORKERS: '2' } })
    api = new Api(installation)
    lb = await api.ok<Lb>('POST', `${REGION}/lbs`, {
      name: 'busy',
      backends: [backendOf(SERVERS.slice(0, 1), PORT)],
      frontends: [{ name: 'http', inbound_port: 8000, backend: 'web' }],
    })
    url = `http://${lb.ip[0]?.ip_address}:8000/`
    lb = await api.waitForStatus(lb.id, 'ready')
    active = (await waitFor('one is active', activeCluster)) as string
  })

  afterAll(async () => {
    await installation?.remove()
    await Promise.all((servers ?? []).map((server) => server.remove()))
  })

  test('both workers accept connections, and the API sums their counters', async () => {
    let clients: Socket[] = []
    let shares: number[] = []
    // The last worker gets its socket a moment after the load balancer is ready.
    await waitFor('both take their part', async () => {
      for (const client of clients) client.destroy()
      clients = await openClients(url, 60)
      shares = connectionsOf(pidsOf(active), url)
      // The kernel's hash gives each 30 or so, fewer than 8 once in a hundred million times.
      return Math.min(...shares) >= 8
    })
    console.log(`60 connections over two workers: ${shares.join(' and ')}`)
    await waitFor('all are counted', async () => {
      const { instances } = await api.observed(lb.id)
      const counters = instances.find((instance) => instance.active)?.counters
      return counters?.connections_current === 60
    })
    expect(connectionsOf(pidsOf(other(active)), url)).toEqual([0, 0])
    for (const client of clients) client.destroy()
  })

  test('a draft check runs on one worker', async () => {
    const { forward_port, health_check, server_ip } = backendOf(SERVERS, PORT)
    const { instances } = await api.ok<DraftCheck>('POST', '/fairlead/v1/draft-checks', {
      region: 'fr-par',
      forward_port,
      health_check,
      server_ip,
    })
    expect(instances.map(({ problem, servers }) => [problem, servers.length])).toEqual([
      [null, 2],
      [null, 2],
    ])
  })

  test('a change is in effect on all workers', async () => {
    const { backends } = await api.children(lb.id)
    const path = `${REGION}/backends/${backends[0]?.id}/servers`
    await api.ok('PUT', path, { server_ip: [SERVERS[1]] })
    await api.waitForApplied(lb.id)
    const names = await Promise.all(Array.from({ length: 80 }, () => nameFrom(url)))
    expect(new Set(names)).toEqual(new Set(['web1']))
  })

  test('after one worker is killed the other serves, and the node stays active', async () => {
    const client = new SteadyClient(url)
    await waitFor('traffic', () => client.succeeded > 50)
    const [title = '', pid = 0] = [workersOf(active)[0], pidsOf(active)[0]]
    process.kill(pid, 'SIGKILL')
    const before = client.succeeded
    await waitFor('traffic goes on', () => client.succeeded > before + 200)
    await replaced(title, pid)
    const { failures, largestGapMs, succeeded } = await client.stop()
    console.log(
      `worker killed: gap ${largestGapMs.toFixed(1)} ms, ${succeeded} requests, failures ${JSON.stringify(failures)}`,
    )
    expect(failures.ECONNREFUSED).toBeUndefined()
    // The killed worker's connections.
    expect(Object.values(failures).reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(4)
    await expect.poll(activeCluster).toBe(active)
  })

  test('a hung worker is killed and replaced, and no connection is refused', async () => {
    const client = new SteadyClient(url)
    await waitFor('traffic', () => client.succeeded > 50)
    const [title = '', pid = 0] = [workersOf(active)[1], pidsOf(active)[1]]
    process.kill(pid, 'SIGSTOP')
    await waitFor('it is ended', () => !isRunning(pid))
    await replaced(title, pid)
    const { failures } = await client.stop()
    console.log(`worker hung: failures ${JSON.stringify(failures)}`)
    expect(failures.ECONNREFUSED).toBeUndefined()
    await expect.poll(activeCluster).toBe(active)
  })

  test('after all workers of a node are killed the other node takes over, and no connection is refused', async () => {
    const client = new SteadyClient(url)
    await waitFor('traffic', () => client.succeeded > 50)
    for (const pid of pidsOf(active)) process.kill(pid, 'SIGKILL')
    const before = client.succeeded
    await waitFor('traffic again', () => client.succeeded > before + 200)
    const { failures, largestGapMs } = await client.stop()
    console.log(
      `both workers killed: gap ${largestGapMs.toFixed(1)} ms, failures ${JSON.stringify(failures)}`,
    )
    expect(failures.ECONNREFUSED).toBeUndefined()
    const successor = await waitFor('the other one is active, alone', async () => {
      const cluster = await activeCluster()
      return cluster !== active && cluster
    })
    expect(successor).toBe(other(active))
    active = successor
    await allRun()
  })

  test('if all workers of a node hang, they are killed first, then the other node takes over', async () => {
    const client = new SteadyClient(url)
    await waitFor('traffic', () => client.succeeded > 50)
    const pids = pidsOf(active)
    for (const pid of pids) process.kill(pid, 'SIGSTOP')
    const successor = await waitFor('the other one is active, alone', async () => {
      const cluster = await activeCluster()
      return cluster !== active && cluster
    })
    expect(pids.filter(isRunning)).toEqual([])
    const before = client.succeeded
    await waitFor('traffic again', () => client.succeeded > before + 200)
    const { failures, largestGapMs } = await client.stop()
    console.log(
      `both workers hung: gap ${largestGapMs.toFixed(0)} ms, failures ${JSON.stringify(failures)}`,
    )
    expect(failures.ECONNREFUSED).toBeUndefined()
    expect(successor).toBe(other(active))
    active = successor
    await allRun()
  })

  test('with one worker killed and one hung, no connection is refused and one node is active', async () => {
    const client = new SteadyClient(url)
    await waitFor('traffic', () => client.succeeded > 50)
    const [first = 0, second = 0] = pidsOf(active)
    process.kill(second, 'SIGSTOP')
    process.kill(first, 'SIGKILL')
    await waitFor('the hung one is ended', () => !isRunning(second))
    const before = client.succeeded
    await waitFor('traffic again', () => client.succeeded > before + 200)
    const { failures, largestGapMs } = await client.stop()
    console.log(
      `one killed, one hung: gap ${largestGapMs.toFixed(0)} ms, failures ${JSON.stringify(failures)}`,
    )
    expect(failures.ECONNREFUSED).toBeUndefined()
    // Either node: the killed worker may be back before the hung one is detected.
    await waitFor('one is active', activeCluster)
    await allRun()
  })
})

/** Opens connections that have each got a response and stay open. */
async function openClients(url: string, count: number): Promise<Socket[]> {
  const { hostname, port } = new URL(url)
  return Promise.all(
    Array.from({ length: count }, () => {
      const socket = connect({ host: hostname, port: Number(port) })
      socket.write('GET / HTTP/1.1\r\nHost: test\r\n\r\n')
      return new Promise<Socket>((resolve, reject) => {
        socket.once('data', () => resolve(socket))
        socket.once('error', reject)
      })
    }),
  )
}

/** The name of the server that responds on a new connection. */
async function nameFrom(url: string): Promise<string> {
  const answer = await fetch(url, { headers: { connection: 'close' } })
  return (await answer.text()).trim()
}

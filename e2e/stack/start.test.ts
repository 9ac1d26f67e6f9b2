import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import type { Lb } from '#lib/core/lb.ts'
import { problemTexts } from '#lib/core/problem.ts'
import { ownAddresses } from '#lib/testing/loopback.ts'
import { waitFor } from '#lib/testing/wait.ts'
import { Api, backendOf } from '../support/api.ts'
import { type Installation, launch, startInstallation } from '../support/installation.ts'
import { isRunning } from '../support/process-tree.ts'

describe('npm start', () => {
  const installations: Installation[] = []

  async function start(...args: Parameters<typeof startInstallation>): Promise<Installation> {
    const installation = await startInstallation(...args)
    installations.push(installation)
    return installation
  }

  afterEach(async () => {
    for (const installation of installations.splice(0)) await installation.remove()
  })

  test.each([
    [{ PORT: 'http' }, 'PORT must be a port, a whole number from 1 to 65535.'],
    [{ FAIRLEAD_SECRET_KEY: 'secret' }, 'FAIRLEAD_SECRET_KEY must be a UUID.'],
    [{ FAIRLEAD_IP_POOLS: 'mars=127.1.0.0/24' }, 'FAIRLEAD_IP_POOLS'],
    [{ FAIRLEAD_ADMIN_PASSWORD: 'short' }, 'FAIRLEAD_ADMIN_PASSWORD is not usable'],
  ])('%j ends it with one line and exit code 1', async (env, words) => {
    const { child, output } = await launch({ env })
    const [code] = await once(child, 'close')
    expect(code).toBe(1)
    expect(output()).toContain(words)
    expect(output().trim().split('\n')).toHaveLength(1)
  })

  test('a port that another program uses ends the start with one line', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    const { port } = other.address() as { port: number }
    const { child, output } = await launch({ env: { PORT: String(port) } })
    expect((await once(child, 'close'))[0]).toBe(1)
    expect(output().trim()).toBe(
      `127.0.0.1 port ${port} is in use by another program. Stop that program, or set PORT to another port.`,
    )
    other.close()
  })

  test('two installations run side by side, and a second one on the same data directory is refused', async () => {
    const [one, two] = await Promise.all([start(), start()])
    const create = (installation: Installation) =>
      new Api(installation).ok<Lb>('POST', '/lb/v1/regions/fr-par/lbs', {
        name: 'site',
        backends: [backendOf(ownAddresses(1), 8183)],
        frontends: [{ name: 'http', inbound_port: 8000, backend: 'web' }],
      })
    const lbs = await Promise.all([create(one), create(two)])
    await new Api(one).waitForStatus(lbs[0].id, 'ready')
    await new Api(two).waitForStatus(lbs[1].id, 'ready')
    const third = await launch({ dataDir: one.dataDir })
    expect((await once(third.child, 'close'))[0]).toBe(1)
    expect(third.output()).toMatch(/already running with the data directory .* \(process \d+\)/)
    expect((await fetch(`${one.apiUrl}/healthz`)).status).toBe(200)
  })

  test('Ctrl-C and SIGTERM end everything', async () => {
    const installation = await start()
    const pids = installation.processes().map(({ pid }) => pid)
    expect(pids.length).toBeGreaterThanOrEqual(3)
    expect(await installation.stop()).toBe(0)
    expect(pids.filter(isRunning)).toEqual([])

    const again = await start()
    process.kill(again.process('fairlead supervisor').pid, 'SIGTERM')
    await waitFor('everything has ended', () => again.processes().length === 0)
  })

  test('without an account it prints a one-time link', async () => {
    const env = { FAIRLEAD_ADMIN_EMAIL: '', FAIRLEAD_ADMIN_PASSWORD: '' }
    const { output, consoleUrl } = await start({ env })
    expect(output()).toMatch(
      new RegExp(`^Create the first account: ${consoleUrl}/setup\\?token=\\S{22,}$`, 'm'),
    )
  })

  test('--demo starts three servers that respond with their names', async () => {
    const { output } = await start({ args: ['--demo'] })
    expect(output()).toContain('Demo servers: 127.0.2.1, 127.0.2.2, 127.0.2.3, port 8080')
    for (const [index, address] of ['127.0.2.1', '127.0.2.2', '127.0.2.3'].entries()) {
      const text = await (await fetch(`http://${address}:8080/`)).text()
      expect(text).toBe(`Hello from demo server ${index + 1} (${address}:8080)\n`)
    }
  })
})

describe('a port that can’t be listened on', () => {
  let installation: Installation | undefined

  afterEach(() => installation?.remove())

  test('a port under 1024 without the permission is reported, and other ports serve', async () => {
    const wrapper = ['setpriv', '--bounding-set=-net_bind_service', '--inh-caps=-net_bind_service']
    installation = await startInstallation(canDropRights() ? { wrapper } : {})
    const api = new Api(installation)
    const lb = await api.ok<Lb>('POST', '/lb/v1/regions/fr-par/lbs', {
      name: 'site',
      backends: [backendOf(ownAddresses(1), 8183)],
      frontends: [
        { name: 'low', inbound_port: 80, backend: 'web' },
        { name: 'high', inbound_port: 8000, backend: 'web' },
      ],
    })
    await api.waitForStatus(lb.id, 'error')
    const { problems } = await api.observed(lb.id)
    expect(problemTexts(problems).join(' ')).toMatch(
      /Port 80 on 127\.\S+ can't be opened.*CAP_NET_BIND_SERVICE/,
    )
    const { frontends } = await api.children(lb.id)
    const low = frontends.find(({ name }) => name === 'low')
    const url = `http://${lb.ip[0]?.ip_address}:8000/`
    // The error of one port may be reported before the other one listens.
    await waitFor('the other port answers', async () => (await fetch(url)).status === 503)
    await api.ok('DELETE', `/lb/v1/regions/fr-par/frontends/${low?.id}`)
    await api.waitForStatus(lb.id, 'ready')
  })

  test('a port of another program is reported, and bound once it is free', async () => {
    installation = await startInstallation()
    const api = new Api(installation)
    const lb = await api.ok<Lb>('POST', '/lb/v1/regions/fr-par/lbs', { name: 'site' })
    const address = lb.ip[0]?.ip_address as string
    const other = createServer().listen(8000, address)
    await once(other, 'listening')
    const base = `/lb/v1/regions/fr-par/lbs/${lb.id}`
    const { id } = await api.ok<{ id: string }>('POST', `${base}/backends`, backendOf([], 8183))
    const rule = { name: 'http', inbound_port: 8000, backend_id: id }
    const frontend = await api.ok<{ id: string }>('POST', `${base}/frontends`, rule)
    await api.waitForStatus(lb.id, 'error')
    const { problems } = await api.observed(lb.id)
    expect(problemTexts(problems).join(' ')).toContain(`Port 8000 on ${address} is already in use`)
    other.close()
    await api.waitForStatus(lb.id, 'ready')

    // A frontend that moves to such a port keeps serving on the old one.
    const another = createServer().listen(8001, address)
    await once(another, 'listening')
    const moved = { ...rule, inbound_port: 8001 }
    await api.ok('PUT', `/lb/v1/regions/fr-par/frontends/${frontend.id}`, moved)
    await api.waitForStatus(lb.id, 'error')
    const words = problemTexts((await api.observed(lb.id)).problems).join(' ')
    expect(words).toContain(`Port 8001 on ${address} is already in use`)
    expect(words).toContain('Until then, port 8000 is served.')
    // Without servers the response is the load balancer's own.
    const ask = (port: number) =>
      fetch(`http://${address}:${port}`, { headers: { connection: 'close' } })
    expect((await ask(8000)).status).toBe(503)
    another.close()
    await api.waitForStatus(lb.id, 'ready')
    expect((await ask(8001)).status).toBe(503)
    const isRefused = () =>
      ask(8000).then(
        () => false,
        () => true,
      )
    await waitFor('the old port is closed', isRefused)
  })
})

/** Drops root's right to bind low ports. A plain user doesn't have it. */
function canDropRights(): boolean {
  return process.getuid?.() === 0
}

test('npm start works in a shell', async () => {
  const { env } = await launch({ args: ['--nonsense'] })
  const child = spawn('npm', ['start', '--', '--nonsense'], { env, stdio: 'pipe' })
  let output = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    output += text
  })
  await once(child, 'close')
  expect(output).toContain('The only option is --demo')
})

import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { ControlPlaneToSupervisor } from '#lib/config/supervision.ts'
import { ACCESS_KEY, backendInput, SECRET_KEY } from './testing/running-control-plane.ts'

/** A round is most of a second of starting. `CRASH_ROUNDS=20` is for a thorough run. */
const ROUNDS = Number(process.env.CRASH_ROUNDS ?? 4)

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** Starts the process as the supervisor does, and waits until it says that it is ready. */
async function start(dataDir: string, port: number): Promise<ChildProcess> {
  const env = {
    ...process.env,
    HOST: '127.0.0.1',
    FAIRLEAD_API_PORT: String(port),
    FAIRLEAD_DATA_DIR: dataDir,
    FAIRLEAD_IP_POOLS: 'fr-par=10.0.0.0/16',
    FAIRLEAD_ACCESS_KEY: ACCESS_KEY,
    FAIRLEAD_SECRET_KEY: SECRET_KEY,
    FAIRLEAD_NODE_SECRET: 'node-secret',
    NODE_COMPILE_CACHE: join(import.meta.dirname, '../../node_modules/.cache/fairlead'),
  }
  const main = join(import.meta.dirname, 'main.ts')
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', main], {
    env,
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  await new Promise<void>((resolve, reject) => {
    child.on('message', ({ type }: ControlPlaneToSupervisor) => type === 'ready' && resolve())
    child.once('exit', (code) => reject(new Error(`The control plane ended with ${code}`)))
  })
  return child
}

const exited = (child: ChildProcess) => new Promise((resolve) => child.once('exit', resolve))

test('a process killed while it writes keeps every write that it acknowledged', {
  timeout: 120_000,
}, async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'fairlead-crash-'))
  const port = await freePort()
  const api = `http://127.0.0.1:${port}`
  const headers = { 'X-Auth-Token': SECRET_KEY, 'Content-Type': 'application/json' }
  const get = async (path: string) => (await fetch(api + path, { headers })).json()
  const acknowledged = new Set<string>()

  /** Creates load balancers until the process is gone. */
  async function write(name: string): Promise<void> {
    const input = {
      name,
      backends: [backendInput()],
      frontends: [{ name: 'http', inbound_port: 80, backend: 'web' }],
    }
    const request = { method: 'POST', headers, body: JSON.stringify(input) }
    for (;;) {
      const answer = await fetch(`${api}/lb/v1/regions/fr-par/lbs`, request).catch(() => null)
      const body = await answer?.json().catch(() => null)
      if (!body) return
      acknowledged.add(body.id)
    }
  }

  for (let round = 0; round < ROUNDS; round++) {
    const child = await start(dataDir, port)
    const before = acknowledged.size
    const writers = ['one', 'two', 'three'].map(write)
    await expect.poll(() => acknowledged.size - before, { interval: 1 }).toBeGreaterThan(round % 5)
    child.kill('SIGKILL')
    await Promise.all([exited(child), ...writers])
  }

  const child = await start(dataDir, port)
  const found = new Set<string>()
  for (let page = 1; ; page++) {
    const { lbs } = await get(`/fairlead/v1/lbs?page_size=100&page=${page}`)
    for (const { lb, servers } of lbs) {
      found.add(lb.id)
      // All of it, or nothing.
      expect([lb.ip.length, lb.backend_count, lb.frontend_count, servers]).toEqual([1, 1, 1, 2])
      const { total_count } = await get(`/fairlead/v1/lbs/${lb.id}/changes`)
      expect(total_count).toBe(4)
    }
    if (lbs.length < 100) break
  }
  expect([...acknowledged].filter((id) => !found.has(id))).toEqual([])
  expect(acknowledged.size).toBeGreaterThanOrEqual(ROUNDS)

  child.send({ type: 'stop' })
  expect(await exited(child)).toBe(0)
  await rm(dataDir, { recursive: true })
})

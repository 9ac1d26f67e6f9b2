import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer as createHttpServer } from 'node:http'
import { type AddressInfo, connect, createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { Plants } from '#lib/testing/faults/planted-process.ts'
import { eventually } from '#lib/testing/node/node-process.ts'
import {
  freePort,
  TEST_ADDRESS,
  testBackend,
  testConfig,
  testFrontend,
} from '#lib/testing/runtime/running-lb.ts'
import { SteadyClients } from '#lib/testing/runtime/steady-clients.ts'
import { simulateDelay } from '#lib/testing/wait.ts'

// Plants an exception in every callback of a supervisor with two nodes. It goes on, and so does the traffic. The node that is
// killed again and again is the standby.

const LB = 'steady'
const REACH_MS = 60_000
/** Pause between two kills of the standby node. */
const END_AGAIN_MS = 8000
const REQUESTS_AFTER = 15
const at = (id: string) => `lib/supervisor/${id}`

/** Callbacks that a supervisor with nothing but nodes does not call, or not within a minute. */
const ELSEWHERE = [
  // The rest of an installation: start, stop, the console's build, the demo.
  /console-build|demo-servers|installation|port-check|signals|supervise\.ts/,
  // The control plane, and adopted nodes.
  /failover-reports|adopted-process|find-running-workers/,
  // Address ownership among hosts, which one machine doesn't have.
  /carried-lbs|node-orders|supervisor\/host\//,
  // A process that can't be spawned at all, or is not ready within 30 s.
  /spawned-process\.ts onError|child\.ts onLate 2/,
]

type Answer = { ready?: true; faults: number; active: string | null }

class NodesProcess {
  readonly process: ChildProcess

  constructor(dataDir: string, env: Record<string, string>) {
    const entry = join(import.meta.dirname, '../testing/supervisor/nodes-process.ts')
    this.process = spawn(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', entry, dataDir],
      {
        env: { ...process.env, ...env },
        stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
        cwd: join(import.meta.dirname, '../..'),
      },
    )
    onTestFinished(() => {
      for (const pid of [...this.#children(), this.process.pid ?? 0]) kill(pid, 'SIGKILL')
    })
  }

  async ask(): Promise<Answer> {
    this.process.send({ lbId: LB })
    const [answer] = await once(this.process, 'message')
    return answer
  }

  /** Sends a signal to a node's process, if there is one. */
  signal(node: string, signal: NodeJS.Signals): void {
    for (const pid of this.#children()) {
      if (titleOf(pid).startsWith(`fairlead node ${node}`)) kill(pid, signal)
    }
  }

  #children(): number[] {
    const { pid } = this.process
    try {
      return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').map(Number)
    } catch {
      return []
    }
  }
}

function titleOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch {
    return ''
  }
}

function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    if (pid > 0) process.kill(pid, signal)
  } catch {
    // It has ended.
  }
}

async function portOf(server: Server): Promise<number> {
  server.listen(0, TEST_ADDRESS)
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return (server.address() as AddressInfo).port
}

/** The last good configuration of both nodes. */
async function lastGood(dataDir: string): Promise<{ http: number; tcp: number }> {
  const web = await portOf(createHttpServer((_request, response) => response.end('steady')))
  const echo = await portOf(createServer((socket) => socket.on('error', () => {}).pipe(socket)))
  const [http, tcp] = [await freePort(), await freePort()]
  const [first, second] = [testBackend(web), testBackend(echo, { protocol: 'tcp' })]
  const frontends = [testFrontend(http, first), testFrontend(tcp, second)]
  const config = testConfig(frontends, [first, second], { lb_id: LB })
  for (const node of ['fr-par-a', 'fr-par-b']) {
    const directory = join(dataDir, 'nodes', node)
    mkdirSync(directory, { recursive: true })
    writeFileSync(join(directory, `${LB}.json`), JSON.stringify(config))
  }
  return { http, tcp }
}

async function accepts(port: number): Promise<boolean> {
  const socket = connect(port, TEST_ADDRESS)
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}

test('an exception in any callback of the supervisor loses no request, and the nodes are still watched', {
  timeout: 300_000,
}, async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'fairlead-planted-'))
  const plants = new Plants('lib/supervisor')
  const supervisor = new NodesProcess(dataDir, plants.env())
  onTestFinished(() => {
    plants.close()
    rmSync(dataDir, { recursive: true, force: true })
  })
  const ports = await lastGood(dataDir)
  const planted = await plants.of(supervisor.process.pid as number)
  await once(supervisor.process, 'message')
  await eventually(async () => (await supervisor.ask()).active === 'fr-par-a')
  // It is named active before it listens.
  for (const port of Object.values(ports)) await eventually(() => accepts(port))
  const clients = new SteadyClients(ports, 2)
  await eventually(() => clients.requests > REQUESTS_AFTER)
  expect(clients.errors).toEqual([])

  const rows: string[] = []
  const unreached: string[] = []
  const plant = async (id: string, trigger: () => unknown = () => {}, ...also: string[]) => {
    const before = clients.errors.length
    await planted.arm(id, ...also)
    const end = performance.now() + REACH_MS
    while (!planted.thrown.includes(id) && performance.now() < end) {
      await trigger()
      await simulateDelay(200)
    }
    if (!planted.thrown.includes(id)) unreached.push(id)
    const { requests } = clients
    await eventually(() => clients.requests >= requests + REQUESTS_AFTER)
    rows.push(`${id.padEnd(56)}${clients.errors.length - before}`)
  }

  let endedAt = Number.NEGATIVE_INFINITY
  const endBackup = () => {
    // It must live until its sockets have been sent.
    if (performance.now() - endedAt < END_AGAIN_MS) return
    endedAt = performance.now()
    supervisor.signal('fr-par-b', 'SIGKILL')
  }
  const triggers: Record<string, () => void> = {
    // Node prints it to standard error.
    [at('spawned-process.ts onOutput')]: () => supervisor.signal('fr-par-b', 'SIGUSR1'),
    [at('child.ts again')]: endBackup,
    [at('child.ts #ended')]: endBackup,
    [at('spawned-process.ts onExit')]: endBackup,
    [at('spawned-process.ts onClose')]: endBackup,
    [at('spawned-process.ts onSent')]: endBackup,
  }
  const recover = at('address-ownership/in-process-ownership.ts recover')
  const failBack = [
    at('address-ownership/lb-ownership.ts onDue'),
    at('address-ownership/switchover.ts startSwitchover'),
  ]
  const later = [recover, ...failBack, at('child.ts onLate')]
  for (const { id } of plants.all) {
    if (ELSEWHERE.some((one) => one.test(id)) || later.includes(id)) continue
    await plant(id, triggers[id])
  }
  await plant(recover, () => {}, at('child.ts #run'))
  expect(clients.errors).toEqual([])
  expect((await supervisor.ask()).active).toBe('fr-par-a')

  // The active node ends: the other one takes over, and later the master gets its traffic back, although both threw.
  for (const id of failBack) {
    const endActive = async () => {
      const { active } = await supervisor.ask()
      if (active === 'fr-par-a') supervisor.signal(active, 'SIGKILL')
    }
    await plant(id, endActive)
    await eventually(async () => (await supervisor.ask()).active === 'fr-par-a')
  }
  const { faults } = await supervisor.ask()
  expect(faults).toBeGreaterThanOrEqual(rows.length)
  await clients.stop()

  // A node that does not exit when asked is killed, although that threw first.
  await planted.arm(at('child.ts onLate'))
  supervisor.signal('fr-par-b', 'SIGSTOP')
  supervisor.process.send({ stop: true })
  const [code] = await once(supervisor.process, 'exit')
  expect(code).toBe(0)
  expect(planted.thrown).toContain(at('child.ts onLate'))
  process.stdout.write(`${'callback'.padEnd(56)}lost\n${rows.join('\n')}\n`)
  expect(unreached).toEqual([])
})

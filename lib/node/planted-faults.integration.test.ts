import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import type { DesiredConfig } from '#lib/protocol/desired-config.ts'
import { TEST_CERTIFICATE } from '#lib/testing/certificate.ts'
import { type Planted, Plants } from '#lib/testing/faults/planted-process.ts'
import { ControlPlane, eventually, NODE, SINCE } from '#lib/testing/node/node-process.ts'
import { Changes, PlantedNode, steadyLb } from '#lib/testing/node/planted-node.ts'
import { BusyNode } from '#lib/testing/runtime/busy-node.ts'
import { freePort, TEST_ADDRESS } from '#lib/testing/runtime/running-lb.ts'
import { SteadyClients } from '#lib/testing/runtime/steady-clients.ts'
import { simulateDelay } from '#lib/testing/wait.ts'

// Plants an exception in every callback of a node, found by scanning its source, while the node does everything it can. The
// process goes on, and no other request is lost.

const [RUNTIME, NODE_PROCESS] = ['lib/runtime', 'lib/node']
/** How long to wait for a callback's call: the rarest is called every 6 s. Milliseconds. */
const REACH_MS = 30_000
/** Requests of the steady clients after each exception. */
const REQUESTS_AFTER = 15

const at = (id: string) => `${RUNTIME}/${id}`
const inNode = (id: string) => `${NODE_PROCESS}/${id}`

/** Callbacks that no load reaches, and why. */
const UNREACHED: Record<string, string> = {
  [inNode('supervision/handle-pipe.ts #onBroken')]:
    'the kernel accepts every write to an open pipe',
  [inNode('supervision/handle-pipe.ts connectPipe')]: 'the supervisor connects, not the node',
  [at('sockets/bound-listeners.ts #bindSoon')]: 'the supervisor hands the sockets over',
  [at('sockets/connect.ts reportDenial')]: 'the egress policy denies none of the servers',
  [inNode('change-queue.ts again')]: 'no other node has just ended by a change',
  [at('watchdog/stall-detector.ts startStallDetector')]: 'the thread does nothing that can fail',
  [at('watchdog/work-journal.ts onUncaught')]: 'nothing is left uncaught here',
}

/** Callbacks of the start and the stop of the process, and without a supervisor; tested at the end. */
const AT_THE_END = [
  ...[
    'followed-control-plane.ts follow',
    'main.ts stop',
    'main.ts onTerminate',
    'supervision/handle-pipe.ts constructor',
    'supervision/handle-pipe.ts startReading',
    'supervision/handle-pipe.ts send',
    'supervision/handle-pipe.ts #read',
    'supervision/handle-pipe.ts listenForPipes',
    'supervision/supervisor-link.ts onDisconnect',
    'supervision/supervisor-link.ts removeSocket',
    'supervision/supervisor-link.ts #arrived',
    'supervision/supervisor-link.ts #arrived 2',
  ].map(inNode),
  ...[
    'frontend.ts shutDown',
    'proxy-engine.ts drain',
    'proxy-engine.ts drain 2',
    'proxy-engine.ts shutDown',
    'watchdog/work-journal.ts onExit',
  ].map(at),
]

/** Callbacks that are called only after another one has failed. */
const AFTER: Record<string, string> = {
  [at('balance/server-queues.ts #tryConnect 2')]: at('balance/server-queues.ts #tryConnect'),
  [at('health/start-check.ts reportResult')]: at('health/start-check.ts startCheck'),
  [at('scheduling/iteration-batch.ts constructor')]: at('scheduling/iteration-batch.ts #run 2'),
  [inNode('supervision/supervisor-listeners.ts onFault')]: inNode(
    'supervision/supervisor-link.ts onMessage',
  ),
}

let plants: Plants
let dataDir: string
let controlPlane: ControlPlane
let apiUrl: string

beforeAll(async () => {
  plants = new Plants(RUNTIME, NODE_PROCESS)
  dataDir = mkdtempSync(join(tmpdir(), 'fairlead-planted-'))
  controlPlane = new ControlPlane()
  apiUrl = await controlPlane.listen()
})

afterAll(() => {
  controlPlane.close()
  plants.close()
  rmSync(dataDir, { recursive: true, force: true })
})

type Row = { callback: string; counted: string; lost: number }

test('an exception in any callback of a node ends neither the process nor another request', {
  timeout: 300_000,
}, async () => {
  const node = new PlantedNode({ plants, dataDir, apiUrl })
  const planted = await plants.of(node.pid)
  const steady = await steadyLb()
  const busy = new BusyNode()
  await busy.start(TEST_CERTIFICATE)
  await eventually(() => controlPlane.hellos.length > 0)
  for (const config of [steady.config, ...busy.configs]) controlPlane.say({ type: 'apply', config })
  const isActive = (id: string) => controlPlane.reports.get(1)?.get(id)?.active === true
  await eventually(() => ['steady', 'web', 'slow', 'streams'].every(isActive))

  const clients = new SteadyClients(steady)
  busy.run()
  const changes = new Changes(controlPlane, [await freePort(), await freePort()])
  const noise = setInterval(() => changes.paused || node.send({ type: 'noise' } as never), 20)
  onTestFinished(async () => {
    clearInterval(noise)
    changes.stop()
    await Promise.all([clients.stop(), busy.stop()])
  })
  await eventually(() => clients.requests > REQUESTS_AFTER)
  expect(clients.errors).toEqual([])

  const rows: Row[] = []
  const unreached: string[] = []
  /** Arms an exception, and counts the requests that others lose. */
  const plant = async (id: string, trigger: () => unknown = () => {}, also: string[] = []) => {
    const { boundary } = plants.all.find((one) => one.id === id) ?? {}
    const lostBefore = clients.errors.length
    await planted.arm(id, ...also)
    const end = performance.now() + REACH_MS
    while (!planted.thrown.includes(id) && performance.now() < end) {
      await trigger()
      await simulateDelay(20)
    }
    if (!planted.thrown.includes(id)) unreached.push(id)
    const requests = clients.requests
    await eventually(() => clients.requests >= requests + REQUESTS_AFTER)
    const lost = clients.errors.length - lostBefore
    expect(node.process.process.exitCode ?? node.process.process.signalCode).toBeNull()
    rows.push({ callback: id, counted: boundary ?? '?', lost })
  }

  const draft = join(dataDir, 'nodes', NODE, 'unlucky.json.draft')
  const activate = () => node.send({ type: 'activate', lbs: [{ lb_id: 'web', since: SINCE }] })
  const again = busy.configs.find(({ lb_id }) => lb_id === 'unlucky') as DesiredConfig
  const failToKeep = () => {
    mkdirSync(draft, { recursive: true })
    again.generation += 1
    controlPlane.say({ type: 'apply', config: again })
  }
  let cutAt = 0
  const cut = () => {
    if (performance.now() - cutAt < 500) return
    cutAt = performance.now()
    controlPlane.cut()
  }
  const triggers: Record<string, () => unknown> = {
    [inNode('transport/followed-stream.ts run')]: cut,
    [inNode('transport/followed-stream.ts #connect')]: cut,
    [inNode('transport/followed-stream.ts onSilence')]: () => {
      changes.paused = true
    },
    [inNode('last-good-config.ts #onRetry')]: failToKeep,
    [inNode('last-good-config.ts #onRetry 2')]: failToKeep,
    [at('health/stall-tolerant-timeout.ts expire')]: () => planted.standStill(40),
    [inNode('supervision/supervisor-listeners.ts onMessage')]: activate,
    [inNode('supervision/supervisor-listeners.ts onMessage 2')]: () => {
      node.send({ type: 'stand_by', lb_ids: ['web'] })
      activate()
    },
    [inNode('supervision/supervisor-listeners.ts onFault')]: async () => {
      changes.paused = true
      await planted.arm(
        inNode('supervision/supervisor-listeners.ts onFault'),
        inNode('supervision/supervisor-link.ts onMessage'),
      )
      activate()
    },
    [inNode('supervision/supervisor-listeners.ts sendHoldings')]: () => node.send({ type: 'tell' }),
    [at('scheduling/run-queue.ts #run')]: () => changes.ask(10_000),
    [at('scheduling/run-queue.ts runTask')]: () => changes.ask(10_000),
  }
  const apart = new Set([...AT_THE_END, ...Object.keys(UNREACHED)])
  for (const { id } of plants.all) {
    if (apart.has(id)) continue
    const first = AFTER[id]
    await plant(id, triggers[id], first ? [first] : [])
    rmSync(draft, { recursive: true, force: true })
    changes.paused = false
  }

  // Without a supervisor, and with a new one.
  const pipes = (name: string) => inNode(`supervision/handle-pipe.ts ${name}`)
  const link = (name: string) => inNode(`supervision/supervisor-link.ts ${name}`)
  const reconnect = () => (node.pipe ? undefined : node.connect().catch(() => {}))
  const speak = async () => {
    await reconnect()
    node.send({ type: 'noise' } as never)
  }
  await plant(link('onDisconnect'), () => {
    if (node.process.process.connected) node.process.process.disconnect()
  })
  await plant(pipes('listenForPipes'), reconnect)
  await plant(pipes('startReading'), () => {
    node.pipe?.close()
    node.pipe = null
    return reconnect()
  })
  await plant(pipes('constructor'), speak)
  await plant(pipes('send'), async () => {
    await reconnect()
    node.send({ type: 'tell' })
  })
  await plant(pipes('#read'), speak)
  await plant(link('#arrived'), speak)
  await plant(link('#arrived 2'), async () => {
    await reconnect()
    node.pipe?.close()
    node.pipe = null
  })

  const faults = controlPlane.faults.get(1) ?? []
  expect(faults.reduce((sum, { total }) => sum + total, 0)).toBeGreaterThanOrEqual(rows.length / 2)
  expect(faults.map(({ boundary }) => boundary)).not.toContain('uncaught')

  // The stop, each step of which fails for one load balancer.
  const ending = [
    'proxy-engine.ts drain',
    'proxy-engine.ts drain 2',
    'proxy-engine.ts shutDown',
    'frontend.ts shutDown',
  ].map(at)
  // A second stream, so that two load balancers have one when the grace period ends.
  const stream = connect(busy.ports.halves ?? 0, TEST_ADDRESS).on('error', () => {})
  await once(stream, 'connect')
  const journal = at('watchdog/work-journal.ts onExit')
  await planted.arm(...ending, link('removeSocket'), journal)
  node.process.process.kill('SIGTERM')
  expect(await node.process.exit()).toBe(0)
  await eventually(() => planted.thrown.includes(link('removeSocket')))
  expect(planted.thrown).toContain(journal)
  expect(planted.thrown).toEqual(expect.arrayContaining(ending))

  process.stdout.write(`${tableOf(rows)}\n`)
  expect(unreached).toEqual([])
  const tooMany = rows.filter(({ counted, lost }) => lost > (ENDS_ONE.includes(counted) ? 1 : 0))
  expect(tooMany).toEqual([])
})

/** These exceptions fail the connection that they are thrown for, which may be one of the steady clients'. */
const ENDS_ONE = ['connection', 'deadline']

function tableOf(rows: Row[]): string {
  const width = Math.max(...rows.map(({ callback }) => callback.length))
  const lines = rows.map(
    ({ callback, counted, lost }) => `${callback.padEnd(width)}  ${counted.padEnd(24)}${lost}`,
  )
  return [`${'callback'.padEnd(width)}  ${'counted as'.padEnd(24)}lost`, ...lines].join('\n')
}

test('a node starts and stops in spite of exceptions in both', {
  timeout: 60_000,
}, async () => {
  const { config } = await steadyLb()
  const follow = inNode('followed-control-plane.ts follow')
  const started = new PlantedNode({ plants, dataDir, apiUrl }, [follow])
  const planted: Planted = await plants.of(started.pid)
  const hellos = controlPlane.hellos.length
  await eventually(() => controlPlane.hellos.length > hellos)
  controlPlane.say({ type: 'apply', config })
  await eventually(() => started.process.has('claim'))
  await planted.arm(inNode('main.ts onTerminate'))
  started.process.process.kill('SIGTERM')
  expect(await started.process.exit()).toBe(1)

  const ended = new PlantedNode({ plants, dataDir, apiUrl })
  const other = await plants.of(ended.pid)
  await eventually(() => ended.process.has('ready'))
  await other.arm(inNode('main.ts stop'))
  ended.send({ type: 'stop' })
  expect(await ended.process.exit()).toBe(1)
})

test('every callback was tested, or has a reason why not', () => {
  const known = new Set(plants.all.map(({ id }) => id))
  const listed = [...AT_THE_END, ...Object.keys(UNREACHED), ...Object.entries(AFTER).flat()]
  expect(listed.filter((id) => !known.has(id))).toEqual([])
})

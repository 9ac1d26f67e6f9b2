import { flushCompileCache } from 'node:module'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import pino from 'pino'
import { faultLog } from '#lib/process/fault-log.ts'
import { contain, detach, onFault } from '#lib/process/faults.ts'
import { installLastResort } from '#lib/process/last-resort.ts'
import { divertToLog, LOG_OUTPUT } from '#lib/process/log-output.ts'
import type { Engine } from '#lib/protocol/engine.ts'
import { readChildSettings } from '#lib/protocol/settings/child-settings.ts'
import { NodeSettings } from '#lib/protocol/settings/node-settings.ts'
import type { NodeToSupervisor, SupervisorToNode } from '#lib/protocol/supervision.ts'
import { AccessLogs } from '#lib/runtime/access-log/access-logs.ts'
import { giveBackMemory } from '#lib/runtime/memory.ts'
import { ProxyEngine } from '#lib/runtime/proxy-engine.ts'
import { setEgressPolicy } from '#lib/runtime/sockets/egress-gate.ts'
import type { SocketHandle } from '#lib/runtime/sockets/listener-source.ts'
import { startStallDetector } from '#lib/runtime/watchdog/stall-detector.ts'
import { WorkJournal } from '#lib/runtime/watchdog/work-journal.ts'
import { countBeat } from '#lib/runtime/watchdog/work-marks.ts'
import { Agent } from './agent.ts'
import { ApplyGrant } from './apply-grant.ts'
import { SupervisorLink } from './supervision/supervisor-link.ts'
import { SupervisorListeners } from './supervision/supervisor-listeners.ts'

/** How long connections in progress may take at the end of the process; less than the supervisor waits. Milliseconds. */
const STOP_MS = 1500
/** How long writing to disk may take after that. Milliseconds. */
const FINISH_MS = 500

process.umask(0o077)
const settings = readSettings()
const { node, worker } = settings
setEgressPolicy(settings.egress)
process.title = `fairlead node ${node}${worker > 1 ? ` worker ${worker}` : ''}`
divertToLog(process.stdout)
const log = pino({ base: { node, worker } }, LOG_OUTPUT)

const link = new SupervisorLink({
  onMessage(message, handle) {
    if (message.type === 'stop') stop('the supervisor stops it')
    else if (message.type === 'take_over') onAdopted(message)
    else if (message.type === 'tell') sendHoldings()
    else if (message.type === 'apply_granted') grant.granted(message.deferred)
    else if (message.type === 'quarantine') agent.onQuarantine(message.lbs)
    else if (message.type === 'control_planes') followControlPlanes(message.api_urls)
    else listeners.onMessage(message, handle)
  },
  onFault(message, handle) {
    if (message.type === 'stop') process.exit(1)
    listeners.onFault(message, handle)
  },
  onLost(mayReturn) {
    grant.supervisorLost()
    // Without a supervisor the node goes on with the configurations that it has.
    const isIdle = Object.keys(engine.known()).length === 0
    if (!mayReturn || isIdle) stop('the supervisor has gone')
    else log.warn('the supervisor has gone; the node goes on without it')
  },
})
const send = (message: NodeToSupervisor, handle?: SocketHandle) => link.send(message, handle)

const journal = openJournal()
const listeners = new SupervisorListeners(send)
const accessLogDirectory = join(settings.dataDir, 'logs', 'access')
const accessLogs = new AccessLogs({ directory: accessLogDirectory, node, worker }, log)
const engine: Engine = new ProxyEngine({ source: listeners, accessLogs, journal })
listeners.engine = engine
const grant = new ApplyGrant(send, settings.needsApplyGrant)
const agent = new Agent({ settings, engine, grant, send, log })

function readSettings(): NodeSettings {
  try {
    return readChildSettings(NodeSettings)
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`)
    process.exit(1)
  }
}

/** Optional: without it, a crash can't be blamed on a load balancer. */
function openJournal(): WorkJournal | null {
  if (!settings.runDir) return null
  try {
    return new WorkJournal(settings.runDir, node, worker)
  } catch (error) {
    log.warn({ err: error }, "the work record can't be written")
    return null
  }
}

/** A new supervisor adopts this process: introduces it, and takes the supervisor's settings. */
function onAdopted(message: Extract<SupervisorToNode, { type: 'take_over' }>): void {
  const { api_url, api_urls, credential, heartbeat_ms: heartbeatMs, egress } = message
  if (egress) setEgressPolicy(egress)
  Object.assign(settings, { credential, heartbeatMs })
  followControlPlanes(api_urls ?? [api_url])
  grant.supervisorReturned()
  link.send({ type: 'here', node, worker, workers: settings.workers })
  startHeartbeat()
}

function followControlPlanes(apiUrls: string[]): void {
  settings.apiUrls = apiUrls
  agent.controlPlanesChanged()
}

let heartbeat: NodeJS.Timeout | undefined
function startHeartbeat(): void {
  clearInterval(heartbeat)
  const beat = contain('heartbeat', () => {
    countBeat()
    link.send({ type: 'heartbeat' })
  })
  heartbeat = setInterval(beat, settings.heartbeatMs)
}

function sendHoldings(): void {
  listeners.sendHoldings()
  link.send({ type: 'all_told' })
  log.info('adopted by a new supervisor')
}

/** Optional: without it, the node ends with its supervisor. */
function awaitSuccessors(): void {
  if (!settings.runDir) return
  try {
    link.awaitSuccessors(settings.runDir, `${node}-${worker}`)
  } catch (error) {
    log.warn({ err: error }, 'no other supervisor can adopt this process')
  }
}

onFault(
  faultLog((fault, { boundary, total }) => {
    log.error({ err: fault, boundary, total }, 'fault contained')
  }),
)
let isReady = false
installLastResort({ name: process.title, isReady: () => isReady })

let stopping = false
function stop(reason: string): void {
  if (stopping) return
  stopping = true
  log.info({ reason }, 'stopping')
  detach('stop', finish, () => process.exit(1))
}

async function finish(): Promise<void> {
  await Promise.race([agent.stop(), setTimeout(STOP_MS)])
  await Promise.race([engine.shutDown(), setTimeout(FINISH_MS)])
  process.exit(0)
}

const onTerminate = contain(
  'stop',
  () => stop('SIGTERM'),
  () => process.exit(1),
)
process.on('SIGTERM', onTerminate)
// Ctrl-C and SIGHUP reach the whole process group; the supervisor stops its children in order.
process.on('SIGINT', () => {})
process.on('SIGHUP', () => {})

startHeartbeat()
// The first heartbeat starts the supervisor's watch, before the last good configurations run: they may be what hangs.
link.send({ type: 'heartbeat' })
giveBackMemory()
if (journal) {
  startStallDetector(journal.path, (error) =>
    log.warn({ err: error }, 'the stall detector has stopped'),
  )
}

await agent.start().catch((error: Error) => {
  process.stderr.write(`${error.message}\n`)
  process.exit(1)
})
awaitSuccessors()
log.info({ pid: process.pid, after_ms: Math.round(performance.now()) }, 'ready')
isReady = true
link.send({ type: 'ready' })
// Speeds up the start of the node's next process, even if this one is killed.
flushCompileCache()

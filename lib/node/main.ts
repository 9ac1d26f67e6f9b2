import { flushCompileCache } from 'node:module'
import { setTimeout } from 'node:timers/promises'
import pino from 'pino'
import { faultLog } from '#lib/process/fault-log.ts'
import { contain, detach, onFault } from '#lib/process/faults.ts'
import { installLastResort } from '#lib/process/last-resort.ts'
import { divertToLog, LOG_OUTPUT } from '#lib/process/log-output.ts'
import type { SupervisorToNode } from '#lib/protocol/supervision.ts'
import { giveBackMemory } from '#lib/runtime/memory.ts'
import { setEgressPolicy } from '#lib/runtime/sockets/egress-gate.ts'
import { startStallDetector } from '#lib/runtime/watchdog/stall-detector.ts'
import { WorkJournal } from '#lib/runtime/watchdog/work-journal.ts'
import { countBeat } from '#lib/runtime/watchdog/work-marks.ts'
import { Agent } from './agent.ts'
import { readNodeSettings } from './node-settings.ts'
import { SupervisorLink } from './supervision/supervisor-link.ts'

/** For what is in progress when the process is to end; less than the supervisor waits. Milliseconds. */
const STOP_MS = 1500
/** For writing what is not on disk yet, after that. */
const FINISH_MS = 500

process.umask(0o077)
const settings = readNodeSettings(process.env)
const { node, worker } = settings
setEgressPolicy(settings.egress)
process.title = `fairlead node ${node}${worker > 1 ? ` worker ${worker}` : ''}`
divertToLog(process.stdout)
const log = pino({ base: { node, worker } }, LOG_OUTPUT)

const link = new SupervisorLink({
  onMessage(order, handle) {
    if (order.type === 'stop') stop('asked to')
    else if (order.type === 'take_over') takeOver(order)
    else if (order.type === 'tell') sendHoldings()
    else if (order.type === 'apply_granted') agent.applyGrant.granted(order.deferred)
    else if (order.type === 'quarantine') agent.onQuarantine(order.lbs)
    else agent.listeners.onMessage(order, handle)
  },
  onFault(order, handle) {
    if (order.type === 'stop') process.exit(1)
    agent.listeners.onFault(order, handle)
  },
  onLost(mayReturn) {
    agent.applyGrant.supervisorLost()
    // Without a supervisor it goes on with what it has, if it has anything.
    if (!mayReturn || agent.node.balancers.size === 0) stop('the supervisor is gone')
    else log.warn('the supervisor is gone; goes on without')
  },
})

const journal = openJournal()
const agent = new Agent(settings, (message, handle) => link.send(message, handle), log, journal)

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

/** Another supervisor is there: it is told who this is, and things are as it says from now on. */
function takeOver(order: Extract<SupervisorToNode, { type: 'take_over' }>): void {
  const { api_url: apiUrl, secret, heartbeat_ms: heartbeatMs, egress } = order
  if (egress) setEgressPolicy(egress)
  Object.assign(settings, { apiUrl, secret, heartbeatMs })
  agent.applyGrant.supervisorReturned()
  link.send({ type: 'here', node, worker, workers: settings.workers })
  startHeartbeat()
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
  agent.listeners.sendHoldings()
  link.send({ type: 'all_told' })
  log.info('a supervisor has taken over')
}

/** It can be done without: then the node ends with its supervisor. */
function awaitSuccessors(): void {
  if (!settings.runDir) return
  try {
    link.awaitSuccessors(settings.runDir, `${node}-${worker}`)
  } catch (error) {
    log.warn({ err: error }, 'no other supervisor can take this process over')
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
  await Promise.race([agent.finish(), setTimeout(FINISH_MS)])
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
// The next process of a node starts the faster, also when this one never gets to end in good order.
flushCompileCache()

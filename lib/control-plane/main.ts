import pino from 'pino'
import { faultLog } from '#lib/process/fault-log.ts'
import { contain, detach, onFault } from '#lib/process/faults.ts'
import { errorMessage } from '#lib/process/file-problem.ts'
import { installLastResort } from '#lib/process/last-resort.ts'
import { divertToLog, LOG_OUTPUT } from '#lib/process/log-output.ts'
import {
  type ControlPlaneToSupervisor,
  DATABASE_AWAY_EXIT,
  type SupervisorToControlPlane,
} from '#lib/protocol/supervision.ts'
import { type ControlPlane, startControlPlane } from './control-plane.ts'
import { readSettings, type Settings } from './settings.ts'
import { DatabaseProblem } from './store/database-problem.ts'
import { problemLog } from './store/problem-log.ts'

process.umask(0o077)
process.title = 'fairlead control-plane'

divertToLog(process.stdout)
const log = pino({ name: 'control-plane', hooks: problemLog.hooks }, LOG_OUTPUT)

function sendToSupervisor(message: ControlPlaneToSupervisor): void {
  if (process.connected) process.send?.(message)
}

/** Why the control plane can't start, in one line. */
function startErrorMessage(error: NodeJS.ErrnoException, settings: Settings | null): string {
  const { host = '', port = 0 } = settings ?? {}
  if (error.code === 'EADDRINUSE') {
    return `The control plane can't listen on ${host} port ${port}: another program uses it. Set FAIRLEAD_API_PORT.`
  }
  if (error.code === 'EACCES' && error.syscall === 'listen') {
    return `The control plane may not listen on ${host} port ${port}. Set FAIRLEAD_API_PORT to 1024 or more.`
  }
  if (error.code === 'EADDRNOTAVAIL') {
    return `The control plane can't listen on ${host}: this machine has no such address. Set HOST.`
  }
  return errorMessage(error).split('\n')[0] ?? 'The control plane could not start.'
}

function fail(error: unknown, settings: Settings | null): never {
  process.stderr.write(`${startErrorMessage(error as NodeJS.ErrnoException, settings)}\n`)
  process.exit(error instanceof DatabaseProblem ? DATABASE_AWAY_EXIT : 1)
}

function readOrFail(): Settings {
  try {
    return readSettings()
  } catch (error) {
    return fail(error, null)
  }
}

/** Returns a function that stops the control plane and ends the process, once. */
function stopper(controlPlane: Promise<ControlPlane>): () => void {
  let stopping = false
  return () => {
    if (stopping) return
    stopping = true
    const end = async () => {
      await (await controlPlane).stop()
      process.exit(0)
    }
    detach('stop', end, () => process.exit(1))
  }
}

const settings = readOrFail()
const controlPlane = startControlPlane(settings, log, sendToSupervisor)
const stop = stopper(controlPlane)
// Ctrl-C and SIGHUP reach the whole process group, but the supervisor stops its children in order.
process.on('SIGINT', () => {})
process.on('SIGHUP', () => {})
const onStop = contain('stop', stop, () => process.exit(1))
process.on('SIGTERM', onStop)
process.on('disconnect', onStop)
const onMessage = contain('supervisor message', (message: SupervisorToControlPlane) => {
  if (message.type === 'stop') onStop()
  else detach('supervisor message', async () => (await controlPlane).onSupervisor(message))
})
process.on('message', onMessage)

onFault(
  faultLog((fault, { boundary, total }) => {
    log.error({ err: fault, boundary, total }, 'fault contained')
  }),
)
let isReady = false
// Safe to continue after an uncaught exception: one inside a transaction rolls it back, others can't affect it.
installLastResort({ name: process.title, isReady: () => isReady })

try {
  const { url } = await controlPlane
  isReady = true
  log.info({ url }, 'listening')
} catch (error) {
  fail(error, settings)
}

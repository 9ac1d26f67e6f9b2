import { flushCompileCache } from 'node:module'
import { setTimeout } from 'node:timers/promises'
import pino from 'pino'
import type { NodeToSupervisor, SupervisorToNode } from '#lib/config/supervision.ts'
import { Agent } from './agent/agent.ts'
import { readNodeSettings } from './agent/environment.ts'
import { onFault } from './faults.ts'
import { giveBackMemory } from './memory.ts'
import type { SocketHandle } from './sockets/port-listener.ts'

/** For what is in progress when the process is to end; less than the supervisor waits. Milliseconds. */
const STOP_MS = 1500
/** For writing what is not on disk yet, after that. */
const FINISH_MS = 500

const settings = readNodeSettings(process.env)
const { node, worker } = settings
process.title = `fairlead node ${node}${worker > 1 ? ` worker ${worker}` : ''}`
const log = pino({ base: { node, worker } })

function send(message: NodeToSupervisor): void {
  // A supervisor that has just gone is told of by `disconnect`; a message it misses is no failure of the node.
  if (process.connected) process.send?.(message, undefined, undefined, () => {})
}

onFault((fault) => log.error({ err: fault }, 'a fault in the proxy ended a connection'))

const agent = new Agent(settings, send, log)

let stopping = false
async function stop(reason: string): Promise<void> {
  if (stopping) return
  stopping = true
  log.info({ reason }, 'stopping')
  await Promise.race([agent.stop(), setTimeout(STOP_MS)])
  await Promise.race([agent.finish(), setTimeout(FINISH_MS)])
  process.exit(0)
}

process.on('message', (message, handle) => {
  const order = message as SupervisorToNode
  if (order.type === 'stop') void stop('asked to')
  else agent.node.onSupervisor(order, handle as unknown as SocketHandle | undefined)
})
process.on('disconnect', () => void stop('the supervisor is gone'))
process.on('SIGTERM', () => void stop('SIGTERM'))
// Ctrl-C reaches the whole group of processes; the supervisor decides what ends when.
process.on('SIGINT', () => {})

setInterval(() => send({ type: 'heartbeat' }), settings.heartbeatMs)
giveBackMemory()
await agent.start()
log.info({ pid: process.pid, after_ms: Math.round(performance.now()) }, 'ready')
send({ type: 'ready' })
// The next process of a node starts the faster, also when this one never gets to end in good order.
flushCompileCache()

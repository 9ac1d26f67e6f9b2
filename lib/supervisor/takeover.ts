import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { connectPipe } from '#lib/node/supervision/handle-pipe.ts'
import type { NodeName } from '#lib/protocol/stream.ts'
import type { NodeToSupervisor, SupervisorToNode } from '#lib/protocol/supervision.ts'
import { endProcess, isThere, type KnownProcess, type NodePipe } from './adopted-process.ts'

type Here = Extract<NodeToSupervisor, { type: 'here' }>

/** A node's process that was found running without a supervisor. */
export type Found = Pick<Here, 'node' | 'worker' | 'workers'> & {
  process: KnownProcess
  pipe: NodePipe<NodeToSupervisor>
}

/** A process that does not answer within this time is ended: it could be active and not do its work. Milliseconds. */
const PATIENCE_MS = 2000
/** How long a node that can't be killed from here may take to exit when asked; it needs 2 s at most. Milliseconds. */
const FAREWELL_MS = 5000
/** `NODE-WORKER.PID.IDENTITY.sock`, as `SupervisorLink` makes it. */
const SOCKET = /^(.+)-\d+\.(\d+)\.([\w-]+)\.sock$/

/** Where nodes are found by a supervisor that comes after the one that started them. */
export function runDirectory(dataDir: string): string {
  return join(dataDir, 'run')
}

/**
 * The nodes' processes that run on since their supervisor has gone; they wait for `tell`. What is left of others is
 * tidied away.
 * @throws Error for people if one runs in another container and does not exit: two would be active
 */
export async function findNodes(
  dataDir: string,
  orderTo: (node: NodeName) => Extract<SupervisorToNode, { type: 'take_over' }>,
): Promise<Found[]> {
  const directory = runDirectory(dataDir)
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  const names = readdirSync(directory).filter((name) => SOCKET.test(name))
  const found = await Promise.all(names.map((name) => ask(directory, name, orderTo)))
  return found.filter((one) => one !== null)
}

type Pipe = NodePipe<NodeToSupervisor>

async function ask(
  directory: string,
  name: string,
  orderTo: (node: NodeName) => SupervisorToNode,
): Promise<Found | null> {
  const path = join(directory, name)
  const [, node = '', pid, identity = ''] = SOCKET.exec(name) ?? []
  const process = { pid: Number(pid), identity }
  const pipe: Pipe | null = await connectPipe<NodeToSupervisor, SupervisorToNode>(path).catch(
    () => null,
  )
  const here = pipe && (await greet(pipe, orderTo(node)))
  if (isThere(process)) {
    if (pipe && here) return { ...here, process, pipe }
    pipe?.close()
    await endProcess(process)
  } else if (pipe && !(await bidFarewell(pipe))) {
    throw new Error(
      `A node of an earlier start still listens at ${path} and can't be stopped from here: it runs in another container, or as ` +
        'another user. Stop it there, then start Fairlead again.',
    )
  }
  rmSync(path, { force: true })
  return null
}

/** A node's introduction; null if it is silent or exits. */
function greet(pipe: Pipe, order: SupervisorToNode): Promise<Here | null> {
  const { promise, resolve } = Promise.withResolvers<Here | null>()
  const timer = setTimeout(resolve, PATIENCE_MS, null)
  pipe.onEnd = () => resolve(null)
  pipe.onMessage = (message) => {
    // Heartbeats may come before the answer.
    if (message.type === 'here') resolve(message)
  }
  pipe.send(order)
  return promise.finally(() => clearTimeout(timer))
}

/** Asks a node that can't be killed from here to exit. @returns whether it has */
function bidFarewell(pipe: Pipe): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const timer = setTimeout(resolve, FAREWELL_MS, false)
  pipe.onEnd = () => resolve(true)
  if (!pipe.isOpen) resolve(true)
  pipe.send({ type: 'stop' })
  return promise.finally(() => {
    clearTimeout(timer)
    pipe.close()
  })
}

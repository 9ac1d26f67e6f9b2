import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { NodeToSupervisor, SupervisorToNode } from '#lib/config/supervision.ts'
import { connectPipe } from '#lib/runtime/supervision/handle-pipe.ts'
import { endProcess, isNode, type NodePipe } from './adopted-process.ts'

type Here = Extract<NodeToSupervisor, { type: 'here' }>

/** A node's process that was found running without a supervisor. */
export type Found = Pick<Here, 'pid' | 'node' | 'worker' | 'workers'> & {
  pipe: NodePipe<NodeToSupervisor>
}

/** A process that does not answer within this time is ended: it could be active and not do its work. Milliseconds. */
const PATIENCE_MS = 2000
const SOCKET = /\.(\d+)\.sock$/

/** Where nodes are found by a supervisor that comes after the one that started them. */
export function runDirectory(dataDir: string): string {
  return join(dataDir, 'run')
}

/**
 * The nodes' processes that run on since their supervisor has gone; they wait for `tell`. What is left of others is
 * tidied away.
 */
export async function findNodes(
  dataDir: string,
  order: Extract<SupervisorToNode, { type: 'take_over' }>,
): Promise<Found[]> {
  const directory = runDirectory(dataDir)
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  const names = readdirSync(directory).filter((name) => SOCKET.test(name))
  const found = await Promise.all(names.map((name) => ask(join(directory, name), order)))
  return found.filter((one) => one !== null)
}

async function ask(
  path: string,
  order: Extract<SupervisorToNode, { type: 'take_over' }>,
): Promise<Found | null> {
  const pid = Number(SOCKET.exec(path)?.[1])
  const found = isNode(pid) ? await greet(path, order).catch(() => null) : null
  if (!found) {
    await endProcess(pid)
    rmSync(path, { force: true })
  }
  return found
}

/** @throws Error where it can't be reached, ends, or stays silent */
async function greet(path: string, order: SupervisorToNode): Promise<Found> {
  const pipe: NodePipe<NodeToSupervisor> = await connectPipe(path)
  const { promise, resolve, reject } = Promise.withResolvers<Found>()
  const timer = setTimeout(() => reject(new Error('silent')), PATIENCE_MS)
  pipe.onEnd = () => reject(new Error('ended'))
  pipe.onMessage = (message) => {
    // Heartbeats may come before the answer.
    if (message.type === 'here') resolve({ ...message, pipe })
  }
  pipe.send(order)
  return promise
    .catch((error) => {
      pipe.close()
      throw error
    })
    .finally(() => clearTimeout(timer))
}

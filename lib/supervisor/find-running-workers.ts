import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { connectPipe } from '#lib/node/supervision/handle-pipe.ts'
import type { NodeName } from '#lib/protocol/node-name.ts'
import type { NodeToSupervisor, SupervisorToNode } from '#lib/protocol/supervision.ts'
import { endProcess, isAlive, type KnownProcess, type NodePipe } from './adopted-process.ts'

type TakeOver = Extract<SupervisorToNode, { type: 'take_over' }>
type Here = Extract<NodeToSupervisor, { type: 'here' }>

/** A worker that runs without a supervisor. */
export type RunningWorker = Pick<Here, 'node' | 'worker' | 'workers'> & {
  process: KnownProcess
  pipe: NodePipe<NodeToSupervisor>
}

/** A worker that doesn't answer within this time is killed, because it may hang while its node is active. Milliseconds. */
const ANSWER_MS_MAX = 2000
/** How long a worker that can't be killed from here has to exit when asked; it needs 2 s at most. Milliseconds. */
const EXIT_MS_MAX = 5000
/** `NODE-WORKER.PID.IDENTITY.sock`, as `SupervisorLink` names it. */
const SOCKET = /^(.+)-\d+\.(\d+)\.([\w-]+)\.sock$/

/** The directory of the sockets at which workers wait for the next supervisor, and of the work records. */
export function runDirectory(dataDir: string): string {
  return join(dataDir, 'run')
}

/**
 * Finds the workers that outlived the previous supervisor and adopts them. They report nothing before `tell`. The files of sockets
 * whose process has ended are removed.
 * @param adoptionOf null for a node that this machine must not run any more, whose workers are ended
 * @throws Error for people if one runs in another container and doesn't exit: two nodes could be active
 */
export async function findRunningWorkers(
  dataDir: string,
  adoptionOf: (node: NodeName) => TakeOver | null,
): Promise<RunningWorker[]> {
  const directory = runDirectory(dataDir)
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  const names = readdirSync(directory).filter((name) => SOCKET.test(name))
  const found = await Promise.all(names.map((name) => ask(directory, name, adoptionOf)))
  return found.filter((one) => one !== null)
}

type Pipe = NodePipe<NodeToSupervisor>

async function ask(
  directory: string,
  name: string,
  adoptionOf: (node: NodeName) => TakeOver | null,
): Promise<RunningWorker | null> {
  const path = join(directory, name)
  const [, node = '', pid, identity = ''] = SOCKET.exec(name) ?? []
  const process = { pid: Number(pid), identity }
  const pipe: Pipe | null = await connectPipe<NodeToSupervisor, SupervisorToNode>(path).catch(
    () => null,
  )
  const adoption = adoptionOf(node)
  const here = pipe && adoption && (await adopt(pipe, adoption))
  if (isAlive(process)) {
    if (pipe && here) return { ...here, process, pipe }
    pipe?.close()
    await endProcess(process)
  } else if (pipe && !(await askToExit(pipe))) {
    throw new Error(
      `A node of an earlier start still listens at ${path} and can't be stopped from here: it runs in another container, or as ` +
        'another user. Stop it there, then start Fairlead again.',
    )
  }
  rmSync(path, { force: true })
  return null
}

/** Adopts a worker. @returns its answer, which says which worker it is; null if it doesn't answer or exits */
function adopt(pipe: Pipe, adoption: SupervisorToNode): Promise<Here | null> {
  const { promise, resolve } = Promise.withResolvers<Here | null>()
  const timer = setTimeout(resolve, ANSWER_MS_MAX, null)
  pipe.onEnd = () => resolve(null)
  pipe.onMessage = (message) => {
    // Heartbeats may come before the answer.
    if (message.type === 'here') resolve(message)
  }
  pipe.send(adoption)
  return promise.finally(() => clearTimeout(timer))
}

/** Asks a worker that can't be killed from here to exit. @returns whether it did */
function askToExit(pipe: Pipe): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const timer = setTimeout(resolve, EXIT_MS_MAX, false)
  pipe.onEnd = () => resolve(true)
  if (!pipe.isOpen) resolve(true)
  pipe.send({ type: 'stop' })
  return promise.finally(() => {
    clearTimeout(timer)
    pipe.close()
  })
}

import type { HandlePipe } from '#lib/node/supervision/handle-pipe.ts'
import type { BoundSocket } from '#lib/process/bind-socket.ts'
import { detach } from '#lib/process/faults.ts'
import { isRunning } from '#lib/process/process-identity.ts'
import type { SupervisorToNode } from '#lib/protocol/supervision.ts'
import type { ProcessEvents, RunningProcess } from './running-process.ts'

/** How often a killed process is checked for its end. Milliseconds. */
const POLL_MS = 2

export type NodePipe<Message> = HandlePipe<Message, SupervisorToNode>

/** A process by its PID and its `processIdentity`, as PIDs are reused. */
export type KnownProcess = { pid: number; identity: string }

/** Supervises a node's process that an earlier supervisor started, through a pipe. */
export function adoptProcess<Message extends { type: string }>(
  known: KnownProcess,
  pipe: NodePipe<Message>,
  events: ProcessEvents,
): RunningProcess {
  pipe.onMessage = (message, handle) => events.onMessage(message, handle as BoundSocket | undefined)
  // A process whose pipe is closed can't be controlled any more, so it must not keep running.
  const status = { code: null, signal: null }
  pipe.onEnd = () => {
    const end = async () => {
      await endProcess(known)
      events.onEnd('an adopted node ended', status)
    }
    detach('supervisor', end)
  }
  return {
    pid: known.pid,
    send: (message, socket) => pipe.send(message as SupervisorToNode, socket),
    kill: () => kill(known),
  }
}

/** Kills a process, unless its PID has been reused. Resolves when it has ended. */
export async function endProcess(known: KnownProcess): Promise<void> {
  kill(known)
  while (isAlive(known)) await new Promise((resolve) => setTimeout(resolve, POLL_MS))
}

/** Whether this process can see and signal a process. */
export function isAlive({ pid, identity }: KnownProcess): boolean {
  return isRunning(pid, identity)
}

function kill(known: KnownProcess): void {
  if (!isAlive(known)) return
  try {
    process.kill(known.pid, 'SIGKILL')
  } catch (error) {
    // It has just ended.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

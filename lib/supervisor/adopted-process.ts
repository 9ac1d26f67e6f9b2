import { readFileSync } from 'node:fs'
import type { SupervisorToNode } from '#lib/config/supervision.ts'
import type { HandlePipe } from '#lib/runtime/supervision/handle-pipe.ts'
import type { BoundSocket } from './routing/bind-socket.ts'
import type { ProcessEvents, RunningProcess } from './running-process.ts'

/** How often it looks whether a process that was killed is gone. Milliseconds. */
const POLL_MS = 2

export type NodePipe<Message> = HandlePipe<Message, SupervisorToNode>

/** A node's process that an earlier supervisor started, reached by a pipe of its own. */
export function adoptProcess<Message extends { type: string }>(
  pid: number,
  pipe: NodePipe<Message>,
  events: ProcessEvents,
): RunningProcess {
  pipe.onMessage = (message, handle) => events.onMessage(message, handle as BoundSocket | undefined)
  // It has ended, as far as can be seen; what can't be heard any more must not go on.
  const status = { code: null, signal: null }
  pipe.onEnd = () =>
    endProcess(pid).then(() => events.onEnd('a node that was taken over ended', status))
  return {
    pid,
    send: (message, socket) => pipe.send(message as SupervisorToNode, socket),
    kill: () => kill(pid),
  }
}

/** Ends a node's process at once, if it is one still. Resolves when it is gone. */
export async function endProcess(pid: number): Promise<void> {
  kill(pid)
  while (isNode(pid)) await new Promise((resolve) => setTimeout(resolve, POLL_MS))
}

function kill(pid: number): void {
  if (isNode(pid)) process.kill(pid, 'SIGKILL')
}

/** Whether a process is a running node, and not another that was given its number since. One that has ended has no title. */
export function isNode(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').startsWith('fairlead node ')
  } catch {
    return false
  }
}

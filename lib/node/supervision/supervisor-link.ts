import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { contain } from '#lib/process/faults.ts'
import type { Sendable } from '#lib/process/node-internals/raw-pipe.ts'
import { processIdentity } from '#lib/process/process-identity.ts'
import type { NodeToSupervisor, SupervisorToNode } from '#lib/protocol/supervision.ts'
import type { SocketHandle } from '#lib/runtime/sockets/listener-source.ts'
import { type HandlePipe, listenForPipes } from './handle-pipe.ts'

type Successor = HandlePipe<SupervisorToNode, NodeToSupervisor>

/** Events of the connection to the supervisor. */
export type SupervisorEvents = {
  onMessage(message: SupervisorToNode, handle?: SocketHandle): void
  /** Handling a message threw. */
  onFault(message: SupervisorToNode, handle?: SocketHandle): void
  /** The supervisor has exited. @param mayReturn whether another one can adopt this process */
  onLost(mayReturn: boolean): void
}

/** The connection to the supervisor: the parent process, or after its end the one that adopts this process through a Unix socket. */
export class SupervisorLink {
  readonly #events: SupervisorEvents
  #successor: Successor | null = null
  #mayReturn = false

  constructor(events: SupervisorEvents) {
    this.#events = events
    const onMessage = contain(
      'supervisor message',
      (message: SupervisorToNode, handle?: SocketHandle) => events.onMessage(message, handle),
      (_fault, message, handle) => events.onFault(message, handle),
    )
    const lost = () => this.#lost()
    const onDisconnect = contain('supervisor message', lost, lost)
    process.on('message', onMessage as NodeJS.MessageListener)
    process.on('disconnect', onDisconnect)
  }

  /**
   * Listens for the next supervisor at `NAME.PID.IDENTITY.sock` in a directory. The name identifies the process, as the
   * supervisor kills it if it does not respond.
   * @throws Error if it can't listen there, for example because the path is longer than 107 bytes
   */
  awaitSuccessors(directory: string, name: string): void {
    // Sockets of processes that ended without removing them.
    const stale = readdirSync(directory).filter(
      (file) => file.startsWith(`${name}.`) && file.endsWith('.sock'),
    )
    for (const file of stale) rmSync(join(directory, file), { force: true })
    const identity = processIdentity(process.pid)
    if (identity === null) throw new Error('/proc does not show this process')
    const path = join(directory, `${name}.${process.pid}.${identity}.sock`)
    listenForPipes<SupervisorToNode, NodeToSupervisor>(path, (pipe) => this.#arrived(pipe))
    const removeSocket = contain('stop', () => rmSync(path, { force: true }))
    process.on('exit', removeSocket)
    this.#mayReturn = true
  }

  /** Whether a supervisor is connected. */
  get isConnected(): boolean {
    return process.connected || this.#successor !== null
  }

  /** A message to a supervisor that has just exited is lost, which is no failure of the node. */
  send(message: NodeToSupervisor, handle?: Sendable): void {
    if (process.connected) process.send?.(message, handle as never, undefined, () => {})
    else this.#successor?.send(message, handle)
  }

  #arrived(pipe: Successor): void {
    if (process.connected || this.#successor) {
      pipe.close()
      return
    }
    this.#successor = pipe
    pipe.onMessage = contain(
      'supervisor message',
      (message: SupervisorToNode, handle?: Sendable) =>
        this.#events.onMessage(message, handle as SocketHandle | undefined),
      (_fault, message, handle) =>
        this.#events.onFault(message, handle as SocketHandle | undefined),
    )
    const onEnd = () => {
      this.#successor = null
      this.#lost()
    }
    pipe.onEnd = contain('supervisor message', onEnd, onEnd)
  }

  #lost(): void {
    if (!this.isConnected) this.#events.onLost(this.#mayReturn)
  }
}

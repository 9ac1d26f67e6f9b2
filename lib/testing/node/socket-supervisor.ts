import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { connectPipe, type HandlePipe, listenForPipes } from '#lib/node/supervision/handle-pipe.ts'
import {
  type AddressMessage,
  SupervisorListeners,
} from '#lib/node/supervision/supervisor-listeners.ts'
import { bindSocket } from '#lib/process/bind-socket.ts'
import type { NodeToSupervisor, SupervisorToNode } from '#lib/protocol/supervision.ts'
import type { SocketHandle } from '#lib/runtime/sockets/listener-source.ts'
import { SINCE } from '#lib/testing/node/node-process.ts'

type NodePipe = HandlePipe<SupervisorToNode, NodeToSupervisor>
type Claim = Extract<NodeToSupervisor, { type: 'claim' }>
type Send = (message: SupervisorToNode, handle?: SocketHandle) => void

/** A load balancer's address, and its sockets by port. */
type Bound = { address: string; sockets: Map<number, SocketHandle> }

/** The supervisor's side of socket handover to one process: binds claimed ports, and keeps a handle as long as they are claimed. */
export class SocketSupervisor {
  readonly #send: Send
  readonly #activates: boolean
  readonly #bound = new Map<string, Bound>()

  /** @param options.activates whether the process becomes active for everything that it claims */
  constructor(send: Send, { activates = false } = {}) {
    this.#send = send
    this.#activates = activates
  }

  onMessage(message: NodeToSupervisor, handle?: SocketHandle): void {
    // A process sends its sockets to an adopting supervisor. This one has them already.
    handle?.close()
    if (message.type === 'claim') this.#claim(message)
    else if (message.type === 'release') this.#release(message.lb_id)
    else if (message.type === 'stopping') this.close()
    else if (message.type === 'yielded') this.#sendAll(message.lb_id)
  }

  close(): void {
    for (const lbId of [...this.#bound.keys()]) this.#release(lbId)
  }

  #claim({ lb_id, address, ports }: Claim): void {
    const bound = this.#bound.get(lb_id)
    if (bound && bound.address !== address) this.#release(lb_id)
    const { sockets } = this.#bound.get(lb_id) ?? { sockets: new Map<number, SocketHandle>() }
    this.#bound.set(lb_id, { address, sockets })
    for (const [port, handle] of sockets) {
      if (ports.includes(port)) continue
      handle.close()
      sockets.delete(port)
    }
    if (this.#activates) this.#send({ type: 'activate', lbs: [{ lb_id, since: SINCE }] })
    for (const port of ports) {
      if (sockets.has(port)) continue
      const socket = bindSocket(address, port)
      if ('code' in socket) {
        this.#send({ type: 'socket_failed', lb_id, address, port, code: socket.code })
        continue
      }
      sockets.set(port, socket.handle)
      this.#send({ type: 'socket', lb_id, address, port, shard: 1 }, socket.handle)
    }
  }

  #sendAll(lb_id: string): void {
    const { address = '', sockets = [] } = this.#bound.get(lb_id) ?? {}
    for (const [port, handle] of sockets) {
      this.#send({ type: 'socket', lb_id, address, port, shard: 1 }, handle)
    }
  }

  #release(lbId: string): void {
    for (const handle of this.#bound.get(lbId)?.sockets.values() ?? []) handle.close()
    this.#bound.delete(lbId)
  }
}

/** A node's listeners, and a supervisor that hands their sockets over through a pipe, both in this process. Within a test only. */
export async function supervisedListeners(): Promise<SupervisorListeners> {
  const directory = mkdtempSync(join(tmpdir(), 'listeners-'))
  const path = join(directory, 'node.sock')
  const { promise: connected, resolve } = Promise.withResolvers<NodePipe>()
  listenForPipes<SupervisorToNode, NodeToSupervisor>(path, resolve)
  const far = await connectPipe<NodeToSupervisor, SupervisorToNode>(path)
  const supervisor = new SocketSupervisor((message, handle) => far.send(message, handle))
  far.onMessage = (message) => supervisor.onMessage(message)
  const pipe = await connected
  const listeners = new SupervisorListeners((message, handle) => pipe.send(message, handle))
  pipe.onMessage = (message, handle) =>
    listeners.onMessage(message as AddressMessage, handle as SocketHandle | undefined)
  onTestFinished(() => {
    supervisor.close()
    far.close()
    pipe.close()
    rmSync(directory, { recursive: true })
  })
  return listeners
}

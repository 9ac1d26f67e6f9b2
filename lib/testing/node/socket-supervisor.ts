import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { connectPipe, type HandlePipe, listenForPipes } from '#lib/node/supervision/handle-pipe.ts'
import {
  type AddressMessage,
  SupervisorListeners,
} from '#lib/node/supervision/supervisor-listeners.ts'
import type { NodeToSupervisor, SupervisorToNode } from '#lib/protocol/supervision.ts'
import { bindSocket } from '#lib/runtime/sockets/bind-socket.ts'
import type { SocketHandle } from '#lib/runtime/sockets/listener-source.ts'

type NodePipe = HandlePipe<SupervisorToNode, NodeToSupervisor>
type Claim = Extract<NodeToSupervisor, { type: 'claim' }>

/** The supervisor's part in handing sockets over: binds what is claimed, and keeps a handle of its own while it is. */
class SocketSupervisor {
  readonly pipe: HandlePipe<NodeToSupervisor, SupervisorToNode>
  readonly #bound = new Map<string, Map<number, SocketHandle>>()

  constructor(pipe: HandlePipe<NodeToSupervisor, SupervisorToNode>) {
    this.pipe = pipe
    pipe.onMessage = (message) => this.#onMessage(message)
  }

  close(): void {
    for (const lbId of [...this.#bound.keys()]) this.#release(lbId)
    this.pipe.close()
  }

  #onMessage(message: NodeToSupervisor): void {
    if (message.type === 'claim') this.#claim(message)
    else if (message.type === 'release') this.#release(message.lb_id)
    else if (message.type === 'stopping') {
      for (const lbId of [...this.#bound.keys()]) this.#release(lbId)
    } else if (message.type === 'yielded') {
      for (const [port, handle] of this.#bound.get(message.lb_id) ?? []) {
        this.#send(message.lb_id, port, handle)
      }
    }
  }

  #claim({ lb_id, address, ports }: Claim): void {
    const bound = this.#bound.get(lb_id) ?? new Map<number, SocketHandle>()
    this.#bound.set(lb_id, bound)
    for (const [port, handle] of bound) {
      if (ports.includes(port)) continue
      handle.close()
      bound.delete(port)
    }
    for (const port of ports) {
      if (bound.has(port)) continue
      const socket = bindSocket(address, port)
      if ('code' in socket) {
        this.pipe.send({ type: 'socket_failed', lb_id, address, port, code: socket.code })
        continue
      }
      bound.set(port, socket.handle)
      this.#send(lb_id, port, socket.handle, address)
    }
  }

  #send(lb_id: string, port: number, handle: SocketHandle, address = '127.0.0.1'): void {
    this.pipe.send({ type: 'socket', lb_id, address, port, shard: 1 }, handle)
  }

  #release(lbId: string): void {
    for (const handle of this.#bound.get(lbId)?.values() ?? []) handle.close()
    this.#bound.delete(lbId)
  }
}

/** A node's listeners and a supervisor that hands their sockets over through a pipe, both in this process. */
export async function supervisedListeners(): Promise<SupervisorListeners> {
  const directory = mkdtempSync(join(tmpdir(), 'listeners-'))
  const path = join(directory, 'node.sock')
  const { promise: connected, resolve } = Promise.withResolvers<NodePipe>()
  listenForPipes<SupervisorToNode, NodeToSupervisor>(path, resolve)
  const supervisor = new SocketSupervisor(await connectPipe(path))
  const pipe = await connected
  const listeners = new SupervisorListeners((message, handle) => pipe.send(message, handle))
  pipe.onMessage = (message, handle) =>
    listeners.onMessage(message as AddressMessage, handle as SocketHandle | undefined)
  onTestFinished(() => {
    supervisor.close()
    pipe.close()
    rmSync(directory, { recursive: true })
  })
  return listeners
}

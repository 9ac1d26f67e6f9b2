import { getSystemErrorName } from 'node:util'
import { reportFault } from '#lib/process/faults.ts'
import type { TcpHandle } from '#lib/process/node-internals/tcp-handle.ts'
import type { LbReport } from '#lib/protocol/report.ts'
import { loopBudget } from '../scheduling/loop-budget.ts'
import { runQueue, type Task } from '../scheduling/run-queue.ts'
import type { SocketHandle } from './listener-source.ts'

const BACKLOG = 1024

type State = LbReport['listeners'][number]['state']

/** One port of an HA IP, with one socket for each worker of the node whose connections arrive here. */
export class PortListener {
  readonly address: string
  readonly port: number
  state: State = 'pending'
  problem: string | null = null
  readonly #onConnection: (handle: TcpHandle) => void
  readonly #handles = new Map<number, SocketHandle>()
  readonly #listening = new Set<SocketHandle>()

  constructor(address: string, port: number, onConnection: (handle: TcpHandle) => void) {
    this.address = address
    this.port = port
    this.#onConnection = onConnection
  }

  /** Its sockets by shard. */
  get handles(): ReadonlyMap<number, SocketHandle> {
    return this.#handles
  }

  /** Whether it listens, or would if this node were the active one. */
  get isBound(): boolean {
    return this.state === 'listening' || this.state === 'standby'
  }

  get needsSocket(): boolean {
    return this.#handles.size === 0
  }

  addSocket(shard: number, handle: SocketHandle): void {
    this.closeSocket(shard)
    this.#handles.set(shard, handle)
    if (this.state === 'listening') return
    this.state = 'standby'
    this.problem = null
  }

  /** Closes this process's handle of a socket; the socket lives on if another process has one. */
  closeSocket(shard: number): void {
    const handle = this.#handles.get(shard)
    if (!handle) return
    handle.close()
    this.#handles.delete(shard)
    this.#listening.delete(handle)
  }

  fail(code: string): void {
    this.state = 'failed'
    this.problem = portProblem(this.address, this.port, code)
  }

  /** Listens on all of its sockets. */
  listen(): void {
    const idle = [...this.#handles.values()].filter((handle) => !this.#listening.has(handle))
    if (this.needsSocket || !idle.every((handle) => this.#listen(handle))) return
    this.state = 'listening'
    this.problem = null
  }

  /** Closes its sockets. Connections stay. */
  close(): void {
    for (const shard of [...this.#handles.keys()]) this.closeSocket(shard)
    this.state = 'pending'
  }

  #accept(client: TcpHandle): void {
    loopBudget.begin(client)
    this.#onConnection(client)
    loopBudget.elapsed()
  }

  /** Accepts a connection in a later iteration, because this one's time is used up. */
  #taskOf(client: TcpHandle): Task {
    return { run: () => this.#accept(client), onFault: () => refuse(client) }
  }

  #listen(handle: SocketHandle): boolean {
    // With too many open files, for example, `status` is an error and the kernel closes the connection.
    handle.onconnection = (status, client) => {
      if (status !== 0) return
      try {
        if (loopBudget.iterationSpent) runQueue.addArrived(this.#taskOf(client))
        else this.#accept(client)
      } catch (fault) {
        reportFault(fault)
        refuse(client)
      }
    }
    // Only listening shows that another socket listens on the port. The handle survives and can try again.
    const error = handle.listen(BACKLOG)
    if (error !== 0) {
      this.fail(getSystemErrorName(error))
      return false
    }
    // Accepted connections inherit it, which saves a call for each.
    handle.setNoDelay(true)
    this.#listening.add(handle)
    return true
  }
}

function refuse(client: TcpHandle): void {
  if (client.reset() !== 0) client.close()
}

/** Why a port can't be listened on, and what to do. @param code the system's error code */
export function portProblem(address: string, port: number, code: string): string {
  const where = `Port ${port} on ${address}`
  switch (code) {
    case 'EACCES':
    case 'EPERM':
      return `${where} can't be opened: the process may not bind ports under 1024. Give it the CAP_NET_BIND_SERVICE right, or choose another port.`
    case 'EADDRINUSE':
      return `${where} is already in use by another program. Stop that program, or choose another port.`
    case 'EADDRNOTAVAIL':
      return `${where} can't be opened: this machine doesn't have the address ${address}. Add it to a network interface, or choose another IP.`
    case 'EMFILE':
    case 'ENFILE':
      return `${where} can't be opened: too many files are open. Raise the limit of open files (ulimit -n).`
    default:
      return `${where} can't be opened (${code}).`
  }
}

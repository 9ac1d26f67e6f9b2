import { getSystemErrorName } from 'node:util'
import { reportFault } from '#lib/process/faults.ts'
import type { LbReport } from '#lib/protocol/report.ts'
import type { SocketErrorCode } from '#lib/protocol/supervision.ts'
import { loopBudget } from '../scheduling/loop-budget.ts'
import { runQueue, type Task } from '../scheduling/run-queue.ts'
import { portProblem } from './port-problem.ts'
import type { TcpHandle } from './tcp-handle.ts'

/** A bound TCP socket as Node carries it between processes: its raw handle. */
export type SocketHandle = Pick<TcpHandle, 'listen' | 'close' | 'setNoDelay' | 'onconnection'>

const BACKLOG = 1024

type State = LbReport['listeners'][number]['state']

/**
 * One port of a highly available IP. Its sockets, one for each worker of the node whose connections come here, stay
 * through every change of configuration; who takes the connections is asked anew for each.
 */
export class PortListener {
  readonly address: string
  readonly port: number
  state: State = 'pending'
  problem: string | null = null
  readonly #onConnection: (handle: TcpHandle) => void
  readonly #handles = new Map<number, SocketHandle>()
  /** Those that it listens on. */
  readonly #listening = new Set<SocketHandle>()

  constructor(address: string, port: number, onConnection: (handle: TcpHandle) => void) {
    this.address = address
    this.port = port
    this.#onConnection = onConnection
  }

  /** Its sockets by their number. */
  get handles(): ReadonlyMap<number, SocketHandle> {
    return this.#handles
  }

  /** Whether it is listened on, or would be if this node were the active one. */
  get isHad(): boolean {
    return this.state === 'listening' || this.state === 'standby'
  }

  /** Whether it still needs its socket from the supervisor. */
  get lacksSocket(): boolean {
    return this.#handles.size === 0
  }

  give(shard: number, handle: SocketHandle): void {
    this.giveBack(shard)
    this.#handles.set(shard, handle)
    if (this.state === 'listening') return
    this.state = 'standby'
    this.problem = null
  }

  /** Lets go of one socket, which others hold. */
  giveBack(shard: number): void {
    const handle = this.#handles.get(shard)
    if (!handle) return
    handle.close()
    this.#handles.delete(shard)
    this.#listening.delete(handle)
  }

  fail(code: SocketErrorCode): void {
    this.state = 'failed'
    this.problem = portProblem(this.address, this.port, code)
  }

  /** Listens and accepts on those of its sockets on which it does not already. */
  listen(): void {
    const silent = [...this.#handles.values()].filter((handle) => !this.#listening.has(handle))
    if (this.lacksSocket || !silent.every((handle) => this.#listen(handle))) return
    this.state = 'listening'
    this.problem = null
  }

  /** Lets go of its sockets; the other node may hold them still. Connections stay. */
  close(): void {
    for (const shard of [...this.#handles.keys()]) this.giveBack(shard)
    this.state = 'pending'
  }

  #accept(client: TcpHandle): void {
    loopBudget.begin(client)
    this.#onConnection(client)
    loopBudget.elapsed()
  }

  /** A connection accepted in an iteration whose time was used up. */
  #taskOf(client: TcpHandle): Task {
    return { run: () => this.#accept(client), onFault: () => refuse(client) }
  }

  #listen(handle: SocketHandle): boolean {
    // Too many open files, for one: the kernel's connection is refused, and nothing else happens.
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
    // A port can turn out to be taken only now. The handle survives a failure and can try again.
    const error = handle.listen(BACKLOG)
    if (error !== 0) {
      this.fail(getSystemErrorName(error))
      return false
    }
    // Connections inherit it, which saves a call for each.
    handle.setNoDelay(true)
    this.#listening.add(handle)
    return true
  }
}

function refuse(client: TcpHandle): void {
  if (client.reset() !== 0) client.close()
}

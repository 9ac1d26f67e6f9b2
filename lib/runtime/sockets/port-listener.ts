import { getSystemErrorName } from 'node:util'
import type { LbReport } from '#lib/config/report.ts'
import type { SocketErrorCode } from '#lib/config/supervision.ts'
import { reportFault } from '../faults.ts'
import { portProblem } from './port-problem.ts'
import type { TcpHandle } from './tcp-handle.ts'

/** A bound TCP socket as Node carries it between processes: its raw handle. */
export type SocketHandle = Pick<TcpHandle, 'listen' | 'close' | 'setNoDelay' | 'onconnection'>

const BACKLOG = 1024

type State = LbReport['listeners'][number]['state']

/**
 * One port of a highly available IP. Its socket stays through every change of configuration; who takes the
 * connections is asked anew for each.
 */
export class PortListener {
  readonly address: string
  readonly port: number
  state: State = 'pending'
  problem: string | null = null
  readonly #onConnection: (handle: TcpHandle) => void
  #handle: SocketHandle | null = null
  #listening = false

  constructor(address: string, port: number, onConnection: (handle: TcpHandle) => void) {
    this.address = address
    this.port = port
    this.#onConnection = onConnection
  }

  /** Whether it still needs its socket from the supervisor. */
  get lacksSocket(): boolean {
    return !this.#handle
  }

  give(handle: SocketHandle): void {
    this.close()
    this.#handle = handle
    this.state = 'standby'
    this.problem = null
  }

  fail(code: SocketErrorCode): void {
    this.state = 'failed'
    this.problem = portProblem(this.address, this.port, code)
  }

  /** Listens and accepts, if it has its socket and does not already. */
  listen(): void {
    if (this.#listening || !this.#handle) return
    // Too many open files, for one: the kernel's connection is refused, and nothing else happens.
    this.#handle.onconnection = (status, handle) => {
      if (status !== 0) return
      try {
        this.#onConnection(handle)
      } catch (fault) {
        reportFault(fault)
        handle.close()
      }
    }
    // A port can turn out to be taken only now. The handle survives a failure and can try again.
    const error = this.#handle.listen(BACKLOG)
    if (error !== 0) {
      this.fail(getSystemErrorName(error))
      return
    }
    // Connections inherit it, which saves a call for each.
    this.#handle.setNoDelay(true)
    this.#listening = true
    this.state = 'listening'
    this.problem = null
  }

  /** Lets go of the socket; the other node may hold it still. Connections stay. */
  close(): void {
    this.#handle?.close()
    this.#handle = null
    this.#listening = false
    this.state = 'pending'
  }
}

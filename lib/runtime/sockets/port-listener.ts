import { Server as NetServer, type Socket } from 'node:net'
import { getSystemErrorName } from 'node:util'
import type { LbReport } from '#lib/config/report.ts'
import type { SocketErrorCode } from '#lib/config/supervision.ts'
import { portProblem } from './port-problem.ts'

/** A bound TCP socket as Node carries it between processes: its raw handle. */
export type SocketHandle = { listen(backlog: number): number; close(): void }

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
  readonly #onConnection: (socket: Socket) => void
  #handle: SocketHandle | null = null
  #server: NetServer | null = null

  constructor(address: string, port: number, onConnection: (socket: Socket) => void) {
    this.address = address
    this.port = port
    this.#onConnection = onConnection
  }

  /** Whether it still needs its socket from the supervisor. */
  get lacksSocket(): boolean {
    return !this.#handle && !this.#server
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
    if (this.#server || !this.#handle) return
    // A port can turn out to be taken only now. Asked here, the handle survives a failure and can try again.
    const error = this.#handle.listen(BACKLOG)
    if (error !== 0) {
      this.fail(getSystemErrorName(error))
      return
    }
    this.#server = new NetServer({ allowHalfOpen: true, noDelay: true }, this.#onConnection)
    // Too many open files, for one: connections wait or are refused until there is room, and nothing else happens.
    this.#server.on('error', () => {})
    this.#server.listen(this.#handle, BACKLOG)
    this.#handle = null
    this.state = 'listening'
    this.problem = null
  }

  /** Lets go of the socket; the other node may hold it still. Connections stay. */
  close(): void {
    this.#server?.close()
    this.#handle?.close()
    this.#server = null
    this.#handle = null
    this.state = 'pending'
  }
}

import { contain, reportFault } from '#lib/process/faults.ts'
import type { Backend } from './backend.ts'
import { available, type Client } from './balance/policy.ts'
import type { QueuedClient } from './balance/server-queues.ts'
import { deadlines, type Expiring } from './deadlines.ts'
import type { Server, ServerUse } from './server.ts'
import type { Transport } from './sockets/channel.ts'
import { type Attempt, connectTo } from './sockets/connect.ts'
import { connectTls, TlsTransport } from './sockets/connect-tls.ts'
import type { TlsSettings } from './sockets/tls-options.ts'
import { currentMark, workUnder } from './watchdog/work-marks.ts'

export type DialFailure =
  | 'no_server'
  | 'queue_timeout'
  | 'connect_refused'
  | 'connect_timeout'
  | 'tls_failed'
  | 'internal_error'

export interface DialOwner extends ServerUse {
  /** A slot of the server is taken for the owner, which releases it. */
  onConnected(server: Server, transport: Transport): void
  /** A connection attempt failed; another one may follow. @param tlsError why the TLS handshake failed; null if it did not */
  onAttemptFailed(tlsError: string | null): void
  /** The PROXY header; null for none. With TLS, it has been sent before the handshake when `onConnected` is called. */
  proxyHeader(): Buffer | null
  onDialFailed(failure: DialFailure): void
}

/** Delay before the same server is tried again because there is no other. Milliseconds. */
const TURNAROUND_MS = 250

/**
 * Finds a server and connects to it. Queues while servers are full, and retries failed attempts on the same server or another
 * one, as the backend says. Nothing of the request has been sent yet, so a retry repeats nothing.
 */
export class Dial implements Expiring, QueuedClient {
  deadline = Number.POSITIVE_INFINITY
  readonly #backend: Backend
  readonly #client: Client
  readonly #owner: DialOwner
  readonly #mark = currentMark()
  #server: Server | null = null
  /** The server of the last failed attempt. */
  #failed: Server | null = null
  #attempt: Attempt | null = null
  #turnaround: NodeJS.Timeout | null = null
  /** Attempts after the first. */
  retries = 0
  /** Time in the queue. Milliseconds. */
  queueMs = 0
  #queuedAt = 0

  constructor(backend: Backend, client: Client, owner: DialOwner) {
    this.#backend = backend
    this.#client = client
    this.#owner = owner
  }

  /** Begins with a server that is chosen already, or chooses one. */
  start(server: Server | null = this.#backend.choose(this.#client)): void {
    if (server) this.#connect(server)
    else this.#queue()
  }

  /** The client is gone. */
  cancel(): void {
    this.#backend.queues.remove(this)
    if (this.#turnaround) clearTimeout(this.#turnaround)
    this.#abandonAttempt()
  }

  stickyServer(): Server | null {
    return this.#backend.stickyServer(this.#client)
  }

  tryConnect(): boolean {
    const server = this.#backend.choose(this.#client)
    if (!server) return false
    this.queueMs += performance.now() - this.#queuedAt
    this.#connect(server)
    return true
  }

  reject(): void {
    this.queueMs += performance.now() - this.#queuedAt
    this.#owner.onDialFailed(this.#backend.hasHealthyServer() ? 'queue_timeout' : 'no_server')
  }

  expire(): void {
    this.#attemptFailed('connect_timeout')
  }

  #queue(): void {
    if (!this.#backend.hasHealthyServer()) {
      this.#owner.onDialFailed('no_server')
      return
    }
    this.#queuedAt = performance.now()
    this.#backend.queues.add(this, this.#backend.config.timeouts.queue)
  }

  #connect(server: Server): void {
    this.#backend.take(server, this.#owner)
    this.#server = server
    if (this.#failed && this.#failed !== server) this.#backend.counters.redispatches += 1
    this.deadline = performance.now() + this.#backend.config.timeouts.connect
    deadlines.add(this)
    const { tls } = this.#backend.config
    if (tls) this.#connectSecurely(server, tls)
    else {
      this.#attempt = connectTo(server.address, server.port, (handle) => {
        workUnder(this.#mark, () => {
          if (handle) this.#connected(server, handle)
          else this.#attemptFailed('connect_refused')
        })
      })
    }
  }

  #connectSecurely(server: Server, tls: TlsSettings): void {
    const protocol = this.#backend.config.protocol === 'http' ? 'http/1.1' : null
    const settings = { ...tls, protocol, proxyHeader: this.#owner.proxyHeader() } as const
    this.#attempt = connectTls(server, settings, (sockets, tlsError) => {
      workUnder(this.#mark, () => {
        if (sockets) this.#connected(server, sockets)
        else this.#attemptFailed(tlsError === null ? 'connect_refused' : 'tls_failed', tlsError)
      })
    })
  }

  #connected(server: Server, transport: Transport): void {
    this.#attempt = null
    deadlines.remove(this)
    try {
      this.#owner.onConnected(server, transport)
    } catch (fault) {
      reportFault(fault)
      if (transport instanceof TlsTransport) transport.tcp.destroy()
      else transport.close()
      this.#onFault()
    }
  }

  readonly #onFault = (): void => {
    this.#abandonAttempt()
    this.#owner.onDialFailed('internal_error')
  }

  #attemptFailed(failure: DialFailure, tlsError: string | null = null): void {
    const failed = this.#server
    if (failed) failed.counters.connectFailures += 1
    this.#owner.onAttemptFailed(tlsError)
    this.#abandonAttempt()
    const { max_retries: max, redispatch_after: after } = this.#backend.config
    if (!failed || this.retries >= max) {
      this.#owner.onDialFailed(failure)
      return
    }
    this.retries += 1
    this.#failed = failed
    this.#backend.counters.retries += 1
    const another = this.#backend.chooseOther(this.#client, failed)
    const redispatch = failed.retired || this.retries === max || this.retries >= (after ?? max)
    if (another) {
      if (redispatch || failed.state === 'down') this.#connect(another)
      else if (available(failed)) this.#connect(failed)
      // A queued client has taken the slot.
      else this.start()
      return
    }
    const retry = contain(
      'connection',
      () => workUnder(this.#mark, () => this.start()),
      this.#onFault,
    )
    this.#turnaround = setTimeout(retry, TURNAROUND_MS)
  }

  #abandonAttempt(): void {
    deadlines.remove(this)
    this.#attempt?.cancel()
    this.#attempt = null
    if (this.#server) this.#backend.release(this.#server, this.#owner)
    this.#server = null
  }
}

import { hash } from 'node:crypto'
import type { LbReport } from '#lib/protocol/report.ts'
import { IdleConnections } from './http/idle-connections.ts'
import type { ServerConnection } from './http/server-connection.ts'
import { inSlices } from './scheduling/in-slices.ts'
import { Counters } from './stats/counters.ts'

/** A connection to a server while a session uses it. */
export interface ServerUse {
  /** Its index in `ServerUses`, which sets it; -1 before the first use. */
  useIndex: number
  /** The server is marked down and its sessions are to end: closes the connection, unless it is still being established. */
  onServerDown(): void
}

/** The uses of one server. An array whose members know their index: a Set would grow and shrink with every request. */
export class ServerUses {
  readonly #uses: ServerUse[] = []

  add(use: ServerUse): void {
    use.useIndex = this.#uses.length
    this.#uses.push(use)
  }

  /** @returns false if it is not among the uses */
  delete(use: ServerUse): boolean {
    if (this.#uses[use.useIndex] !== use) return false
    const last = this.#uses.pop()
    if (last && last !== use) {
      last.useIndex = use.useIndex
      this.#uses[use.useIndex] = last
    }
    return true
  }

  has(use: ServerUse): boolean {
    return this.#uses[use.useIndex] === use
  }

  all(): ServerUse[] {
    return [...this.#uses]
  }
}

/** One server of a backend: what outlives changes of configuration. */
export class Server {
  readonly address: string
  readonly #backendId: string
  #opaqueId: string | null = null
  port: number
  /** Incremented when the connection settings change, so that pooled connections made with the old ones are not reused. */
  settingsVersion = 0
  state: LbReport['servers'][number]['state'] = 'unknown'
  /** Concurrent connections; Infinity for no limit. */
  limit = Number.POSITIVE_INFINITY
  inUse = 0
  /** The number of its backend's choice that chose it last; 0 for none. */
  lastChosen = 0
  /** Removed from the configuration: it completes what it has and gets nothing new. */
  retired = false
  readonly uses = new ServerUses()
  readonly counters = new Counters()
  readonly idle = new IdleConnections<ServerConnection>()

  constructor(backendId: string, address: string, port: number) {
    this.address = address
    this.port = port
    this.#backendId = backendId
  }

  /** Names the server in a sticky cookie without revealing its address; the same on both nodes. */
  get opaqueId(): string {
    this.#opaqueId ??= hash('sha256', `${this.#backendId}/${this.address}`, 'base64url').slice(
      0,
      16,
    )
    return this.#opaqueId
  }

  /** The server is marked down and its connections are to end. */
  endUses(): void {
    inSlices('connection', this.uses.all(), (use) => {
      // By the next slice it may have ended, or moved to another server.
      if (this.uses.has(use)) use.onServerDown()
    })
  }
}

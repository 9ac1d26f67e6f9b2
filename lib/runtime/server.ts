import { hash } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import type { DesiredBackend } from '#lib/protocol/desired-config.ts'
import type { LbReport } from '#lib/protocol/report.ts'
import { IdleConnections } from './http/idle-connections.ts'
import type { ServerConnection } from './http/server-connection.ts'
import { inSlices } from './scheduling/in-slices.ts'
import { ServerUses } from './server-uses.ts'
import { Counters } from './stats/counters.ts'

/** One server of a backend: what outlives the changes of configuration. */
export class Server {
  readonly address: string
  readonly #backendId: string
  #opaqueId: string | null = null
  port: number
  /** Incremented when the connection settings change, so that pooled connections made with the old ones are not reused. */
  settingsVersion = 0
  #tls: DesiredBackend['tls'] = null
  state: LbReport['servers'][number]['state'] = 'unknown'
  /** Connections in use at a time; Infinity for no limit. */
  limit = Number.POSITIVE_INFINITY
  inUse = 0
  /** When it was last chosen, counted in choices of its backend; 0 for never. */
  lastChosen = 0
  /** Taken from the configuration: finishes what it has, gets nothing new. */
  retired = false
  readonly uses = new ServerUses()
  readonly counters = new Counters()
  readonly idle = new IdleConnections<ServerConnection>()

  constructor(backendId: string, address: string, port: number) {
    this.address = address
    this.port = port
    this.#backendId = backendId
  }

  /** Names the server in a sticky cookie without giving its address away; the same on both nodes. */
  get opaqueId(): string {
    this.#opaqueId ??= hash('sha256', `${this.#backendId}/${this.address}`, 'base64url').slice(
      0,
      16,
    )
    return this.#opaqueId
  }

  /** Where and how new connections are made from now on. */
  moveTo(port: number, tls: DesiredBackend['tls']): void {
    if (port === this.port && isDeepStrictEqual(tls, this.#tls)) return
    this.port = port
    this.#tls = tls
    this.settingsVersion += 1
    this.idle.closeAll()
  }

  retire(): void {
    this.retired = true
    this.idle.closeAll()
  }

  endUses(): void {
    inSlices('connection', this.uses.all(), (use) => {
      // By the next slice it may have ended, or moved to another server.
      if (this.uses.has(use)) use.onServerDown()
    })
  }
}

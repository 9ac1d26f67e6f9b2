import type { DesiredBackend } from '#lib/protocol/desired-config.ts'
import type { ReportPriority } from '#lib/protocol/report.ts'
import { available, healthy } from './balance/available.ts'
import { persistenceOf, policyOf } from './balance/policies.ts'
import type { Client, Persistence, Policy } from './balance/policy.ts'
import { ServerQueues } from './balance/server-queues.ts'
import { HealthMonitor, hasSameCheck } from './health/health-monitor.ts'
import { Server } from './server.ts'
import type { ServerUse } from './server-uses.ts'
import { BackendCounters } from './stats/backend-counters.ts'
import { usableBackend } from './usable-backend.ts'

/** A server, and what checks its health once it is started. */
type WatchedServer = { server: Server; monitor: HealthMonitor }
/** Servers that a backend does not have yet, by address. It takes them out when it gets them. */
export type NewServers = Map<string, WatchedServer>

export function newServer(config: DesiredBackend, address: string): WatchedServer {
  const server = new Server(config.id, address, config.port)
  return { server, monitor: new HealthMonitor(server, config) }
}

/** A backend that runs: its servers, their health, and the choice among them. */
export class Backend {
  config: DesiredBackend
  /** Settings that can't be applied, one sentence each. */
  problems: string[] = []
  servers: Server[] = []
  readonly queues = new ServerQueues()
  readonly counters = new BackendCounters()
  readonly #monitors = new Map<Server, HealthMonitor>()
  readonly #onHealth: (priority: ReportPriority) => void
  #policy: Policy
  #persistence: Persistence | null
  #turns = 0

  /**
   * @param onHealth called after each health check; `immediate` if the state or the reason changed
   * @param made its servers; those that are not there are made
   */
  constructor(
    config: DesiredBackend,
    onHealth: (priority: ReportPriority) => void,
    made: NewServers = new Map(),
  ) {
    this.config = config
    this.#policy = policyOf(config)
    this.#persistence = persistenceOf(config)
    this.#onHealth = onHealth
    try {
      this.update(config, made)
    } catch (fault) {
      for (const monitor of this.#monitors.values()) monitor.stop()
      throw fault
    }
  }

  /**
   * Takes a new configuration. Servers that stay, by address, keep their health, counters and connections.
   * @param made those that it does not have; the ones that are not there are made
   */
  update(desired: DesiredBackend, made: NewServers = new Map()): void {
    const { config, problems } = usableBackend(desired)
    const alike = hasSameCheck(config, this.config)
    this.config = config
    this.problems = problems
    this.#policy = policyOf(config)
    this.#persistence = persistenceOf(config)
    const before = new Map(this.servers.map((server) => [server.address, server]))
    this.servers = config.servers.map((address) => {
      const known = before.get(address)
      before.delete(address)
      const server = known ?? this.#add(made, address)
      server.moveTo(config.port, config.tls)
      server.limit = config.max_connections ?? Number.POSITIVE_INFINITY
      if (known) this.#monitors.get(server)?.update(config, alike)
      else this.#watch(server)
      return server
    })
    for (const server of before.values()) this.#retire(server)
    if (this.queues.length === 0) return
    this.queues.redispatchAll()
    if (!this.hasHealthyServer()) this.queues.rejectWhile(() => !this.hasHealthyServer())
  }

  /** It is no longer configured: what is in progress completes. */
  retire(): void {
    for (const server of this.servers) this.#retire(server)
  }

  /** A server for this client; null if it must queue, because all servers are full or the one it sticks to is. */
  choose(client: Client): Server | null {
    return this.#policy(this.servers, client, null)
  }

  /** A server other than one that failed, even if the one that the client sticks to is only full. */
  chooseOther(client: Client, failed: Server): Server | null {
    return this.#policy(this.servers.filter(available), client, failed)
  }

  /** The healthy server that a client sticks to, full or not. */
  stickyServer(client: Client): Server | null {
    return this.#persistence?.(this.servers, client, null) ?? null
  }

  /** Whether a server could take more, once others are done: then waiting is worth it. */
  hasHealthyServer(): boolean {
    return this.servers.some(healthy)
  }

  /** A connection to the server is in use from now on. */
  take(server: Server, use: ServerUse): void {
    this.#turns += 1
    server.lastChosen = this.#turns
    server.inUse += 1
    server.uses.add(use)
    server.counters.opened()
  }

  /** That use is over. */
  release(server: Server, use: ServerUse): void {
    if (!server.uses.delete(use)) return
    server.inUse -= 1
    server.counters.closed()
    this.queues.dispatch(server)
  }

  health(server: Server): HealthMonitor | undefined {
    return this.#monitors.get(server)
  }

  #add(made: NewServers, address: string): Server {
    const { server, monitor } = made.get(address) ?? newServer(this.config, address)
    // An address that is there twice is two servers.
    made.delete(address)
    this.#monitors.set(server, monitor)
    return server
  }

  #watch(server: Server): void {
    this.#monitors.get(server)?.start(this.config, (change) => {
      if (change.state) this.#stateChanged(server)
      this.#onHealth(change.state || change.result ? 'immediate' : 'batched')
    })
  }

  #stateChanged(server: Server): void {
    if (server.state !== 'down') {
      this.queues.dispatch(server)
      return
    }
    server.idle.closeAll()
    this.queues.redispatch(server)
    if (!this.hasHealthyServer()) this.queues.rejectWhile(() => !this.hasHealthyServer())
    if (this.config.shutdown_sessions_when_down) server.endUses()
  }

  #retire(server: Server): void {
    server.retire()
    this.counters.retire(server)
    this.#monitors.get(server)?.stop()
    this.#monitors.delete(server)
  }
}

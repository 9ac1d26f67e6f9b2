import { isDeepStrictEqual } from 'node:util'
import { forEachContained } from '#lib/process/faults.ts'
import type { DesiredBackend } from '#lib/protocol/desired-config.ts'
import type { ReportPriority } from '#lib/protocol/report.ts'
import { persistenceOf, policyOf } from './balance/policies.ts'
import { available, type Client, healthy, type Persistence, type Policy } from './balance/policy.ts'
import { ServerQueues } from './balance/server-queues.ts'
import { HealthMonitor, hasSameCheck } from './health/health-monitor.ts'
import { Server, type ServerUse } from './server.ts'
import { BackendCounters } from './stats/backend-counters.ts'
import { usableBackend } from './usable-backend.ts'

/** `prepare` yields after this many servers: a few hundred microseconds of work. */
const SERVERS_PER_STEP = 50

/** A backend's next configuration and the objects that it needs, prepared before the swap. */
export type PreparedBackend = {
  backend: Backend
  /** Without the settings that can't be applied. */
  config: DesiredBackend
  /** Settings that can't be applied, one sentence each. */
  problems: string[]
  policy: Policy
  persistence: Persistence | null
  servers: Server[]
  monitors: Map<Server, HealthMonitor>
  added: ReadonlySet<Server>
  /** Servers that the configuration no longer has, with their monitors. */
  removed: ReadonlyMap<Server, HealthMonitor | undefined>
  /** Whether the connection settings change, so that idle connections can't be reused. */
  changesConnections: boolean
  /** Whether the health check's settings stay the same. */
  sameCheck: boolean
}

/** A running backend: its servers, their health, and load balancing among them. */
export class Backend {
  config: DesiredBackend
  problems: string[] = []
  servers: Server[] = []
  readonly queues = new ServerQueues()
  readonly counters = new BackendCounters()
  #monitors = new Map<Server, HealthMonitor>()
  readonly #onHealth: (priority: ReportPriority) => void
  #policy: Policy
  #persistence: Persistence | null
  /** The number of slots taken so far, which orders `Server.lastChosen`. */
  #choices = 0

  /**
   * A backend without servers, until `prepare`, `swap` and `startAndRetire` give it some.
   * @param onHealth called after each health check; `immediate` if the state or the reason changed
   */
  constructor(config: DesiredBackend, onHealth: (priority: ReportPriority) => void) {
    this.config = config
    this.#policy = policyOf(config)
    this.#persistence = persistenceOf(config)
    this.#onHealth = onHealth
  }

  /**
   * Prepares the objects that a configuration needs, and changes nothing that is live. Servers are matched by address: those that
   * stay keep their health, counters and connections. Yields between steps.
   */
  *prepare(desired: DesiredBackend): Generator<void, PreparedBackend> {
    const { config, problems } = usableBackend(desired)
    const remaining = new Map(this.servers.map((server) => [server.address, server]))
    const added = new Set<Server>()
    const monitors = new Map<Server, HealthMonitor>()
    const servers: Server[] = []
    for (const address of config.servers) {
      const known = remaining.get(address)
      // A second entry with the same address is another server.
      remaining.delete(address)
      const server = known ?? new Server(config.id, address, config.port)
      const monitor = this.#monitors.get(server) ?? new HealthMonitor(server, config)
      if (!known) added.add(server)
      monitors.set(server, monitor)
      servers.push(server)
      if (servers.length % SERVERS_PER_STEP === 0) yield
    }
    const removed = [...remaining.values()].map(
      (server) => [server, this.#monitors.get(server)] as const,
    )
    return {
      backend: this,
      config,
      problems,
      policy: policyOf(config),
      persistence: persistenceOf(config),
      servers,
      monitors,
      added,
      removed: new Map(removed),
      changesConnections:
        config.port !== this.config.port || !isDeepStrictEqual(config.tls, this.config.tls),
      sameCheck: hasSameCheck(config, this.config),
    }
  }

  /** Puts a configuration into effect. Only assigns, so it can't fail. Call `startAndRetire` next. */
  swap(next: PreparedBackend): void {
    this.config = next.config
    this.problems = next.problems
    this.servers = next.servers
    this.#monitors = next.monitors
    this.#policy = next.policy
    this.#persistence = next.persistence
    const { port, max_connections: limit } = next.config
    for (const server of next.servers) {
      server.port = port
      server.limit = limit ?? Number.POSITIVE_INFINITY
      if (next.changesConnections) server.settingsVersion += 1
    }
    for (const server of next.removed.keys()) server.retired = true
  }

  /** Retires removed servers, starts and updates health checks, and redispatches queued clients. */
  startAndRetire(next: PreparedBackend): void {
    forEachContained('configuration', next.removed, ([server, monitor]) =>
      this.#retire(server, monitor),
    )
    forEachContained('configuration', next.servers, (server) => this.#start(server, next))
    if (this.queues.length === 0) return
    this.queues.redispatchAll()
    this.#rejectUnlessHealthy()
  }

  /** The configuration no longer has this backend. Connections in use stay until they end. */
  retire(): void {
    forEachContained('configuration', this.#monitors, ([server, monitor]) =>
      this.#retire(server, monitor),
    )
  }

  /** Chooses a server for a client; null if it must queue, because every server is full, or the one that it sticks to. */
  choose(client: Client): Server | null {
    return this.#policy(this.servers, client, null)
  }

  /** Chooses a server other than the one that failed. A client that sticks to a full server gets another one. */
  chooseOther(client: Client, failed: Server): Server | null {
    return this.#policy(this.servers.filter(available), client, failed)
  }

  /** The healthy server that a client sticks to, full or not. */
  stickyServer(client: Client): Server | null {
    return this.#persistence?.(this.servers, client, null) ?? null
  }

  /** Whether clients may queue: a healthy server that is full will have free slots again. */
  hasHealthyServer(): boolean {
    return this.servers.some(healthy)
  }

  /** Takes a slot of a server. */
  take(server: Server, use: ServerUse): void {
    this.#choices += 1
    server.lastChosen = this.#choices
    server.inUse += 1
    server.uses.add(use)
    server.counters.opened()
  }

  /** Releases a slot, and gives it to the next queued client. */
  release(server: Server, use: ServerUse): void {
    if (!server.uses.delete(use)) return
    server.inUse -= 1
    server.counters.closed()
    this.queues.dispatch(server)
  }

  health(server: Server): HealthMonitor | undefined {
    return this.#monitors.get(server)
  }

  #start(server: Server, { added, changesConnections, sameCheck }: PreparedBackend): void {
    const monitor = this.#monitors.get(server)
    if (!added.has(server)) {
      if (changesConnections) server.idle.closeAll()
      monitor?.update(this.config, sameCheck)
      return
    }
    monitor?.start(this.config, (change) => {
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
    this.#rejectUnlessHealthy()
    if (this.config.shutdown_sessions_when_down) server.endUses()
  }

  #rejectUnlessHealthy(): void {
    if (!this.hasHealthyServer()) this.queues.rejectWhile(() => !this.hasHealthyServer())
  }

  #retire(server: Server, monitor: HealthMonitor | undefined): void {
    server.retired = true
    this.counters.retire(server)
    monitor?.stop()
    server.idle.closeAll()
  }
}

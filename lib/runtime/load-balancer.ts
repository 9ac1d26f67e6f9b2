import { forEachContained } from '#lib/process/faults.ts'
import type { TcpHandle } from '#lib/process/node-internals/tcp-handle.ts'
import type { DesiredConfig } from '#lib/protocol/desired-config.ts'
import type { EngineReport, ReportPriority } from '#lib/protocol/report.ts'
import type { AccessLogs } from './access-log/access-logs.ts'
import type { LogFile } from './access-log/log-file.ts'
import { Backend } from './backend.ts'
import { Frontend } from './frontend.ts'
import { activityOf, reportOf } from './lb-report.ts'
import { LbLimits } from './limits/lb-limits.ts'
import { type PreparedConfig, prepareConfig } from './prepared-config.ts'
import type { Acl } from './rules/acl.ts'
import { LbListeners } from './sockets/lb-listeners.ts'
import type { ListenerSource } from './sockets/listener-source.ts'
import { Counters } from './stats/counters.ts'
import { nameMark, newMark } from './watchdog/work-marks.ts'

/** The generation of a load balancer before its first configuration. */
export const NO_GENERATION = 0

/** What a load balancer runs before its first configuration. */
function emptyConfig(lbId: string): DesiredConfig {
  return {
    lb_id: lbId,
    generation: NO_GENERATION,
    changed_at: new Date(0).toISOString(),
    region: 'fr-par',
    address: null,
    master: 'a',
    carriage: null,
    limits: { connections: null, bandwidth: null },
    frontends: [],
    backends: [],
  }
}

type Options = {
  source: ListenerSource
  onChange(priority: ReportPriority): void
  /** Null for no access log. */
  logs?: AccessLogs | null
}

/** One load balancer. It runs nothing until `apply`. */
export class LoadBalancer {
  readonly listeners: LbListeners
  /** The mark for work on behalf of this load balancer. */
  readonly mark = newMark()
  config: DesiredConfig
  #appliedAt = new Date()
  #activeSince: Date | null = null
  #failoverId: string | undefined
  #backends: ReadonlyMap<string, Backend> = new Map()
  #frontends: ReadonlyMap<string, Frontend> = new Map()
  #frontendOfPort: ReadonlyMap<number, Frontend> = new Map()
  /** Removed frontends that still have connections. */
  readonly #draining = new Set<Frontend>()
  /** The counters of frontends that have ended. */
  readonly #ended = new Counters()
  readonly #limits = new LbLimits()
  readonly #countingSince = new Date()
  readonly #onChange: (priority: ReportPriority) => void
  readonly #logFile: LogFile | null

  constructor(lbId: string, { source, onChange, logs = null }: Options) {
    this.config = emptyConfig(lbId)
    this.#logFile = logs?.fileOf(lbId) ?? null
    this.#onChange = onChange
    this.listeners = new LbListeners(
      lbId,
      source,
      (port, handle) => this.#accept(port, handle),
      () => onChange('immediate'),
    )
  }

  /** The compiled ACLs of its frontends, by id. */
  compiledAcls(): Map<string, Acl> {
    const acls = [...this.#frontends.values()].flatMap((frontend) => frontend.acls.acls)
    return new Map(acls.map((acl) => [acl.id, acl]))
  }

  /**
   * Prepares the objects that a configuration needs, and changes nothing that is live. Yields between steps. Call `apply` only
   * after the last one.
   * @param acls as of `prepareConfig`
   * @throws if the configuration can't be prepared
   */
  prepare(config: DesiredConfig, acls = this.compiledAcls()): Generator<void, PreparedConfig> {
    const shared = { mark: this.mark, limits: this.#limits, logFile: this.#logFile }
    const live = {
      backends: this.#backends,
      frontends: this.#frontends,
      newBackend: (desired: DesiredConfig['backends'][number]) =>
        new Backend(desired, this.#onChange),
      newFrontend: (desired: DesiredConfig['frontends'][number], backend: Backend) =>
        new Frontend(desired, backend, shared),
    }
    return prepareConfig(config, live, acls)
  }

  /**
   * Puts a prepared configuration into effect, as a transaction: prepares the listeners, swaps, then starts new parts and retires
   * removed ones. Backends and frontends are matched by ID, servers by address. Parts that the change does not name stay untouched.
   * @param appliedAt when this node first applied it, perhaps in an earlier process
   * @throws before the swap only; the previous configuration stays in effect
   */
  apply(prepared: PreparedConfig, appliedAt = new Date()): void {
    const { config } = prepared
    const { lb_id, generation, address, master, carriage } = config
    const limits = { ...config.limits }
    // Prepared last, because sockets come and go between the slices of `prepare`.
    const ports = config.frontends.map(({ port }) => port)
    const moved = this.#movedPorts(config)
    const listeners = this.listeners.prepare({ address, ports, master, carriage, moved })
    const backends = new Map([...prepared.backends].map(([id, { backend }]) => [id, backend]))
    const frontends = new Map([...prepared.frontends].map(([id, { frontend }]) => [id, frontend]))
    const frontendOfPort = new Map(
      [...prepared.frontends.values()].flatMap(({ frontend, config: { port } }) =>
        [port, listeners.vacated.get(port) ?? port].map((one) => [one, frontend] as const),
      ),
    )
    const removedFrontends = [...this.#frontends].filter(([id]) => !frontends.has(id))
    const removedBackends = [...this.#backends].filter(([id]) => !backends.has(id))

    // The swap. It only assigns, so it can't fail half-way.
    for (const next of prepared.backends.values()) next.backend.swap(next)
    for (const next of prepared.frontends.values()) next.frontend.swap(next)
    this.listeners.swap(listeners)
    this.#backends = backends
    this.#frontends = frontends
    this.#frontendOfPort = frontendOfPort
    this.config = config
    this.#appliedAt = appliedAt

    // The configuration is in effect: a fault in one of these steps must not keep the others from running.
    const steps = [
      () => nameMark(this.mark, { lb_id, generation }),
      () => this.listeners.startAndRetire(listeners),
      () => this.#limits.update(limits),
      ...[...prepared.frontends.values()].map((next) => () => next.frontend.startAndRetire(next)),
      ...[...prepared.backends.values()].map((next) => () => next.backend.startAndRetire(next)),
      ...removedFrontends.map(
        ([, frontend]) =>
          () =>
            this.#drain(frontend),
      ),
      ...removedBackends.map(
        ([, backend]) =>
          () =>
            backend.retire(),
      ),
      () => this.#forgetDrained(),
    ]
    forEachContained('configuration', steps, (step) => step())
  }

  /**
   * @param since when its node became the active one, perhaps before this process started
   * @param failoverId the failover that made it the active one
   */
  activate(since = new Date(), failoverId?: string): void {
    this.#activeSince = since
    this.#failoverId = failoverId
    this.#setStandby(false)
    this.listeners.activate()
  }

  /** Listens for a takeover by this host. HTTP clients are sent to the active node with their next response. */
  standBy(): void {
    this.listeners.standBy()
    this.#setStandby(true)
  }

  /** Stops accepting. Connections stay until they end, but HTTP clients are sent to the active node with their next response. */
  deactivate(): void {
    this.listeners.deactivate()
    this.#setStandby(true)
  }

  /** Accepts nothing new. Requests and connections in progress complete. */
  retire(): void {
    nameMark(this.mark, null)
    this.listeners.release()
    forEachContained('configuration', this.#frontends.values(), (one) => this.#drain(one))
    forEachContained('configuration', this.#backends.values(), (one) => one.retire())
  }

  /** The process ends: closes all connections. */
  shutDown(): void {
    for (const frontend of [...this.#frontends.values(), ...this.#draining]) frontend.shutDown()
  }

  /** Connections of clients. */
  get sessions(): number {
    return [...this.#frontends.values(), ...this.#draining].reduce(
      (sum, { sessions }) => sum + sessions,
      0,
    )
  }

  /** A number that grows with everything counted. */
  activity(): number {
    return activityOf(this.#reported)
  }

  report(): EngineReport {
    return reportOf(this.#reported)
  }

  get #reported() {
    return {
      config: this.config,
      appliedAt: this.#appliedAt,
      activeSince: this.listeners.active ? this.#activeSince : null,
      failoverId: this.#failoverId,
      countingSince: this.#countingSince,
      listeners: this.listeners,
      frontends: this.#frontends,
      backends: this.#backends,
      draining: this.#draining,
      ended: this.#ended,
      accessLogDropped: this.#logFile?.dropped ?? 0,
    }
  }

  #setStandby(standby: boolean): void {
    for (const frontend of this.#frontends.values()) frontend.standby = standby
  }

  #accept(port: number, handle: TcpHandle): void {
    const frontend = this.#frontendOfPort.get(port)
    if (frontend) frontend.accept(handle)
    else handle.close()
  }

  /** The ports of frontends that get another one: old and new. */
  #movedPorts({ frontends }: DesiredConfig): [number, number][] {
    return frontends.flatMap(({ id, port }) => {
      const old = this.#frontends.get(id)?.config.port
      return old === undefined || old === port ? [] : [[old, port]]
    })
  }

  #drain(frontend: Frontend): void {
    this.#draining.add(frontend)
    frontend.drain()
  }

  /** Drained frontends count no more: their counters move to the sum. */
  #forgetDrained(): void {
    for (const frontend of this.#draining) {
      if (frontend.sessions > 0) continue
      this.#draining.delete(frontend)
      this.#ended.add(frontend.counters)
    }
  }
}

import { MATCH_STEPS_MAX } from '#lib/core/matching-limits.ts'
import { forEachContained, reportFault, wordsOfFault } from '#lib/process/faults.ts'
import type { DesiredConfig } from '#lib/protocol/desired-config.ts'
import type { LbReport, ReportPriority } from '#lib/protocol/report.ts'
import type { AccessLogs } from './access-log/access-logs.ts'
import type { LogFile } from './access-log/log-file.ts'
import { Backend } from './backend.ts'
import { Frontend } from './frontend.ts'
import { LbLimits } from './limits/lb-limits.ts'
import { type KnownParts, type PreparedConfig, prepareConfig } from './prepared-config.ts'
import { type Acl, NO_ACLS } from './rules/acl.ts'
import type { PreparedRules } from './rules/prepared-rules.ts'
import { runToEnd } from './scheduling/slices.ts'
import { LbListeners } from './sockets/lb-listeners.ts'
import type { ListenerSource } from './sockets/listener-source.ts'
import type { TcpHandle } from './sockets/tcp-handle.ts'
import { Counters } from './stats/counters.ts'
import { nameMark, newMark, workUnder } from './watchdog/work-marks.ts'

/** Problems in a report: people can't read thousands. */
const PROBLEMS_MAX = 20
/** The generation of a load balancer before its first configuration. */
export const NO_GENERATION = 0

/** What a load balancer runs before its first configuration, and after a rollback that failed. */
export function emptyConfig(lbId: string): DesiredConfig {
  return {
    lb_id: lbId,
    generation: NO_GENERATION,
    changed_at: new Date(0).toISOString(),
    region: 'fr-par',
    address: null,
    master: 'a',
    limits: { connections: null, bandwidth: null },
    frontends: [],
    backends: [],
  }
}

/** The running parts of a configuration. */
type Parts = { backends: Map<string, Backend>; frontends: Map<string, Frontend> }

/** One load balancer that runs on this node. */
export class LoadBalancer {
  readonly listeners: LbListeners
  /** The mark for work on behalf of this load balancer. */
  readonly mark = newMark()
  config: DesiredConfig
  /** When this node first put the configuration into effect, be it in an earlier process. */
  #appliedAt = new Date()
  /** The newer configuration that could not be applied, and why. */
  #rejected: LbReport['rejected']
  #activeSince: Date | null = null
  #failoverId: string | undefined
  #backends = new Map<string, Backend>()
  #frontends = new Map<string, Frontend>()
  #frontendOfPort = new Map<number, Frontend>()
  /** Frontends that are gone and still have connections. */
  readonly #leaving = new Set<Frontend>()
  /** What frontends counted that are no more. */
  readonly #past = new Counters()
  readonly #limits = new LbLimits()
  readonly #countingSince = new Date()
  readonly #onChange: (priority: ReportPriority) => void
  readonly #logFile: LogFile | null

  /** If the configuration can't be applied, it runs nothing and reports why. */
  constructor(
    config: DesiredConfig,
    source: ListenerSource,
    onChange: (priority: ReportPriority) => void,
    appliedAt = new Date(),
    logs: AccessLogs | null = null,
    prepared?: PreparedConfig,
  ) {
    this.config = emptyConfig(config.lb_id)
    this.#logFile = logs?.fileOf(config.lb_id) ?? null
    this.#onChange = onChange
    this.listeners = new LbListeners(
      config.lb_id,
      source,
      (port, handle) => this.#accept(port, handle),
      () => onChange('immediate'),
    )
    workUnder(this.mark, () => this.apply(config, appliedAt, prepared))
  }

  /** The compiled ACLs of its frontends, by id. */
  compiledAcls(): Map<string, Acl> {
    const acls = [...this.#frontends.values()].flatMap((frontend) => frontend.acls.acls)
    return new Map(acls.map((acl) => [acl.id, acl]))
  }

  addressesOf(backendId: string): ReadonlySet<string> {
    return new Set(this.#backends.get(backendId)?.servers.map(({ address }) => address))
  }

  get #known(): KnownParts {
    return { acls: this.compiledAcls(), addresses: (id) => this.addressesOf(id) }
  }

  /**
   * Puts a configuration into effect: prepare what is new, swap, retire what is gone. Backends and frontends are
   * recognised by their id, servers by their address; what the change does not name goes on untouched.
   * @param made its parts that take long to make; made at once if omitted
   * @returns false if that threw: it is rolled back to the former configuration, or runs none if the rollback failed, and
   * reports why
   */
  apply(config: DesiredConfig, appliedAt = new Date(), made?: PreparedConfig): boolean {
    const former = { config: this.config, appliedAt: this.#appliedAt }
    const before = { backends: this.#backends, frontends: this.#frontends }
    const prepared: Parts = { backends: new Map(), frontends: new Map() }
    try {
      this.#put(config, appliedAt, prepared, made)
    } catch (fault) {
      reportFault(fault, 'configuration')
      this.#rollBack(former, before, prepared)
      this.failedToApply(config.generation, fault)
      return false
    }
    this.#rejected = undefined
    this.#onChange('immediate')
    return true
  }

  /** Reports that a configuration could not be applied. */
  failedToApply(generation: number, fault: unknown): void {
    this.#rejected = { generation, reason: wordsOfFault(fault) }
    this.#onChange('immediate')
  }

  #put(
    config: DesiredConfig,
    appliedAt: Date,
    { backends, frontends }: Parts,
    made = runToEnd(prepareConfig(config, this.#known)),
  ): void {
    nameMark(this.mark, { lb_id: config.lb_id, generation: config.generation })
    const moved = this.#movedPorts(config)
    this.#prepareBackends(config, backends, made)
    this.#prepareFrontends(config, backends, frontends, made.rules)

    const gone = { backends: this.#backends, frontends: this.#frontends }
    this.#backends = backends
    this.#frontends = frontends
    this.config = config
    this.#appliedAt = appliedAt
    this.#limits.update(config.limits)
    const ports = config.frontends.map(({ port }) => port)
    const { address, master } = config
    const listeners = this.listeners.prepare({ address, ports, master, moved })
    this.listeners.swap(listeners)
    this.listeners.startAndRetire(listeners)
    this.#frontendOfPort = this.#portsOf(frontends)

    for (const [id, frontend] of gone.frontends) if (!frontends.has(id)) this.#retire(frontend)
    for (const [id, backend] of gone.backends) if (!backends.has(id)) backend.retire()
    this.#forgetLeft()
  }

  /** Retires the parts of a failed change and applies the former configuration again. */
  #rollBack(
    { config, appliedAt }: { config: DesiredConfig; appliedAt: Date },
    before: Parts,
    failed: Parts,
  ): void {
    this.#retireAllBut(failed, before)
    this.#backends = before.backends
    this.#frontends = before.frontends
    const prepared: Parts = { backends: new Map(), frontends: new Map() }
    try {
      this.#put(config, appliedAt, prepared)
    } catch (fault) {
      // Its state is unknown now, so it gives up its sockets and the other node takes over.
      reportFault(fault, 'configuration')
      this.#retireAllBut(prepared, before)
      this.retire()
      this.config = emptyConfig(config.lb_id)
      this.#backends = new Map()
      this.#frontends = new Map()
      this.#frontendOfPort = new Map()
    }
  }

  #retireAllBut(made: Parts, kept: Parts): void {
    forEachContained('configuration', made.frontends, ([id, frontend]) => {
      if (kept.frontends.get(id) !== frontend) this.#retire(frontend)
    })
    forEachContained('configuration', made.backends, ([id, backend]) => {
      if (kept.backends.get(id) !== backend) backend.retire()
    })
  }

  /**
   * @param since when its node became the active one, which may be before this process started
   * @param failoverId the failover that made it the active one
   */
  activate(since = new Date(), failoverId?: string): void {
    this.#activeSince = since
    this.#failoverId = failoverId
    this.#setStandby(false)
    this.listeners.activate()
  }

  /** The other node takes what is new; what is connected stays here until it ends, HTTP clients being sent there. */
  deactivate(): void {
    this.listeners.deactivate()
    this.#setStandby(true)
  }

  /** Takes nothing new; what is in progress completes. */
  retire(): void {
    nameMark(this.mark, null)
    this.listeners.release()
    forEachContained('configuration', this.#frontends.values(), (one) => this.#retire(one))
    forEachContained('configuration', this.#backends.values(), (one) => one.retire())
  }

  /** The process ends: nothing is waited for any longer. */
  shutDown(): void {
    for (const frontend of [...this.#frontends.values(), ...this.#leaving]) frontend.shutDown()
  }

  /** Connections of clients. */
  get sessions(): number {
    return [...this.#frontends.values(), ...this.#leaving].reduce(
      (sum, { sessions }) => sum + sessions,
      0,
    )
  }

  /** A number that grows with everything counted. */
  activity(): number {
    const all = [...this.#frontends.values(), ...this.#leaving]
    const counted = all.reduce((sum, { counters }) => sum + counters.activity(), 0)
    const backends = [...this.#backends.values()]
    const onTheWay = backends.reduce(
      (sum, { counters, queues }) => sum + counters.activity(queues),
      0,
    )
    return counted + onTheWay + this.#past.activity()
  }

  report(): LbReport {
    const frontends = [...this.#frontends]
    const servers = [...this.#backends.values()].flatMap((backend) =>
      backend.servers.map((server) => [`${backend.config.id}/${server.address}`, server] as const),
    )
    return {
      lb_id: this.config.lb_id,
      generation: this.config.generation,
      applied_at: this.#appliedAt.toISOString(),
      rejected: this.#rejected,
      active: this.listeners.active,
      active_since: (this.listeners.active && this.#activeSince?.toISOString()) || null,
      failover_id: this.#activeSince ? this.#failoverId : undefined,
      listeners: this.#listeners(),
      servers: this.#servers(),
      counting_since: this.#countingSince.toISOString(),
      problems: this.#problems(),
      access_log_dropped: this.#logFile?.dropped ?? 0,
      costly_frontends: this.#costlyFrontends(),
      counters: this.#total().snapshot(),
      frontend_counters: Object.fromEntries(
        frontends.map(([id, { counters }]) => [id, counters.snapshot()]),
      ),
      backend_counters: Object.fromEntries(
        [...this.#backends].map(([id, { counters, servers, queues }]) => [
          id,
          counters.snapshot(servers, queues),
        ]),
      ),
      server_counters: Object.fromEntries(
        servers.map(([id, { counters }]) => [id, counters.snapshot()]),
      ),
    }
  }

  /** Settings that can't be applied, one sentence each. */
  #problems(): string[] {
    return [
      ...[...this.#backends.values()].flatMap(({ problems }) => problems),
      ...[...this.#frontends.values()].flatMap(({ rules }) => rules?.problems ?? []),
    ].slice(0, PROBLEMS_MAX)
  }

  #setStandby(standby: boolean): void {
    for (const frontend of this.#frontends.values()) frontend.standby = standby
  }

  #accept(port: number, handle: TcpHandle): void {
    const frontend = this.#frontendOfPort.get(port)
    if (frontend) frontend.accept(handle)
    else handle.close()
  }

  /** The ports of frontends that have another one now: old and new. */
  #movedPorts({ frontends }: DesiredConfig): [number, number][] {
    return frontends.flatMap(({ id, port }) => {
      const old = this.#frontends.get(id)?.config.port
      return old === undefined || old === port ? [] : [[old, port]]
    })
  }

  /** Which frontend a port's connections are for, those of ports that are served in place of others too. */
  #portsOf(frontends: Map<string, Frontend>): Map<number, Frontend> {
    return new Map(
      [...frontends.values()].flatMap((frontend) => {
        const { port } = frontend.config
        return [port, this.listeners.vacatedFor(port) ?? port].map(
          (one) => [one, frontend] as const,
        )
      }),
    )
  }

  #prepareBackends(
    config: DesiredConfig,
    backends: Map<string, Backend>,
    made: PreparedConfig,
  ): void {
    for (const desired of config.backends) {
      const servers = made.servers.get(desired.id)
      const existing = this.#backends.get(desired.id)
      existing?.update(desired, servers)
      backends.set(desired.id, existing ?? new Backend(desired, this.#onChange, servers))
    }
  }

  #prepareFrontends(
    config: DesiredConfig,
    backends: Map<string, Backend>,
    frontends: Map<string, Frontend>,
    rules: PreparedRules,
  ): void {
    const shared = { limits: this.#limits, logFile: this.#logFile }
    for (const desired of config.frontends) {
      const backend = backends.get(desired.backend_id)
      if (!backend) continue
      const acls = rules.get(desired.id) ?? NO_ACLS
      const existing = this.#frontends.get(desired.id)
      existing?.update(desired, backend, backends, acls)
      frontends.set(desired.id, existing ?? new Frontend(desired, backend, backends, acls, shared))
    }
  }

  #retire(frontend: Frontend): void {
    frontend.drain()
    this.#leaving.add(frontend)
  }

  /** Frontends without connections count no more: their figures move to the sum of the past. */
  #forgetLeft(): void {
    for (const frontend of this.#leaving) {
      if (frontend.sessions > 0) continue
      this.#leaving.delete(frontend)
      this.#past.add(frontend.counters)
    }
  }

  #total(): Counters {
    const total = new Counters().add(this.#past)
    for (const { counters } of this.#frontends.values()) total.add(counters)
    for (const { counters } of this.#leaving) total.add(counters)
    return total
  }

  #listeners(): LbReport['listeners'] {
    if (this.config.address === null) return []
    return [...this.#frontends].map(([frontend_id, { config }]) => {
      const { port } = config
      const { state = 'pending', problem = null } = this.listeners.listener(port) ?? {}
      const instead = this.listeners.vacatedFor(port)
      const words =
        instead && problem ? `${problem} Until then, port ${instead} is served.` : problem
      return { frontend_id, port, state, problem: words }
    })
  }

  /** Frontends whose rules exceed the matching limits: they are older than those. */
  #costlyFrontends(): LbReport['costly_frontends'] {
    return [...this.#frontends].flatMap(([frontend_id, { acls }]) =>
      acls.steps > MATCH_STEPS_MAX ? [{ frontend_id, steps: acls.steps }] : [],
    )
  }

  #servers(): LbReport['servers'] {
    return [...this.#backends].flatMap(([backend_id, backend]) =>
      backend.servers.flatMap((server) => {
        const health = backend.health(server)
        if (!health) return []
        return [{ backend_id, address: server.address, ...health.observed() }]
      }),
    )
  }
}

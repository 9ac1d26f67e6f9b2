import { forEachContained, reportFault } from '#lib/process/faults.ts'
import type { DesiredConfig } from '#lib/protocol/desired-config.ts'
import type { ReportPriority } from '#lib/protocol/report.ts'
import type { Known } from '#lib/protocol/stream.ts'
import type { AccessLogs } from './access-log/access-logs.ts'
import { emptyConfig, LoadBalancer, NO_GENERATION } from './load-balancer.ts'
import { type PreparedConfig, prepareConfig } from './prepared-config.ts'
import type { Acl } from './rules/acl.ts'
import { Slices } from './scheduling/slices.ts'
import type { ListenerSource } from './sockets/listener-source.ts'
import { workUnder } from './watchdog/work-marks.ts'

/** How often it looks whether what was in progress has ended. Milliseconds. */
const DRAIN_POLL_MS = 20

/** A configuration that is being prepared, and its ACLs compiled so far. */
type Preparation = { config: DesiredConfig; acls: Map<string, Acl> }

type Applied = 'applied' | 'refused' | 'failed'

/** Runs a synchronous piece of work. */
type Guard = <Result>(act: () => Result) => Result

const unguarded: Guard = (act) => act()

/** The same work with each step run by `guard`. */
function* guarded<Result>(work: Generator<void, Result>, guard: Guard): Generator<void, Result> {
  for (;;) {
    const step = guard(() => work.next())
    if (step.done) return step.value
    yield
  }
}

/** All load balancers of this process. */
export class ProxyEngine {
  readonly #balancers = new Map<string, LoadBalancer>()
  readonly #leaving = new Set<LoadBalancer>()
  /** The newest configuration that is being prepared, by load balancer. */
  readonly #preparing = new Map<string, Preparation>()
  readonly #slices = new Slices()
  readonly #source: ListenerSource
  readonly #onChange: (lbId: string, priority: ReportPriority) => void
  readonly #logs: AccessLogs

  constructor(
    source: ListenerSource,
    onChange: (lbId: string, priority: ReportPriority) => void,
    logs: AccessLogs,
  ) {
    this.#logs = logs
    this.#source = source
    this.#onChange = onChange
  }

  get balancers(): ReadonlyMap<string, LoadBalancer> {
    return this.#balancers
  }

  /** The configurations in force, without load balancers that have none yet. */
  known(): Known['known'] {
    return Object.fromEntries(
      [...this.#balancers].flatMap(([id, { config }]) => {
        const { generation, revision = '', changed_at, address } = config
        if (generation === NO_GENERATION) return []
        return [[id, { generation, revision, changed_at, address }] as const]
      }),
    )
  }

  /**
   * Prepares a configuration in slices of a few milliseconds, and applies it as a whole. A newer one that arrives before
   * that replaces it.
   * @param appliedAt when this node first applied it
   * @param guard runs each synchronous piece of the work
   * @returns `refused`: the node has a newer one, or the load balancer was removed during the preparation; `failed`:
   *   the former one stays in force, and the load balancer's report says why
   */
  async apply(config: DesiredConfig, appliedAt: Date, guard: Guard = unguarded): Promise<Applied> {
    const { lb_id: id, generation } = config
    const before = this.#preparing.get(id)
    const newest = before?.config ?? this.#balancers.get(id)?.config
    if (newest && generation < newest.generation) return 'refused'
    const acls = before?.acls ?? this.#balancers.get(id)?.compiledAcls() ?? new Map()
    const preparation: Preparation = { config, acls }
    this.#preparing.set(id, preparation)
    const isWanted = () => this.#preparing.get(id) === preparation
    try {
      const addresses = (backendId: string) =>
        this.#balancers.get(id)?.addressesOf(backendId) ?? new Set<string>()
      const work = guarded(prepareConfig(config, { acls, addresses }), guard)
      const prepared = await this.#slices.run(work, isWanted)
      if (!prepared || !isWanted()) return 'refused'
      return guard(() => this.#swap(config, appliedAt, prepared.result)) ? 'applied' : 'failed'
    } catch (fault) {
      reportFault(fault, 'configuration')
      if (!isWanted()) return 'refused'
      this.cannotRead(id, generation, fault)
      return 'failed'
    } finally {
      if (isWanted()) this.#preparing.delete(id)
    }
  }

  /** @returns false if it failed and the former configuration stays in force */
  #swap(config: DesiredConfig, appliedAt: Date, made: PreparedConfig): boolean {
    const existing = this.#balancers.get(config.lb_id)
    if (!existing) return this.#begin(config, appliedAt, made).config === config
    return workUnder(existing.mark, () => existing.apply(config, appliedAt, made))
  }

  /** This node can't read a configuration. The former one stays in force, and the report says why. */
  cannotRead(lbId: string, generation: number, fault: unknown): void {
    const balancer = this.#balancers.get(lbId) ?? this.#begin(emptyConfig(lbId))
    balancer.failedToApply(generation, fault)
  }

  /** Ends a load balancer; what is in progress completes. */
  remove(lbId: string): void {
    this.#preparing.delete(lbId)
    const balancer = this.#balancers.get(lbId)
    if (!balancer) return
    this.#balancers.delete(lbId)
    balancer.retire()
    this.#forgetLeft()
    if (balancer.sessions > 0) this.#leaving.add(balancer)
  }

  /**
   * @param since when the node became the active one, which may be before this process started
   * @param failoverId the failover that made it the active one
   */
  activate(lbId: string, since: Date, failoverId?: string): void {
    this.#balancers.get(lbId)?.activate(since, failoverId)
  }

  /** Stops accepting new connections; those in progress complete. */
  deactivate(lbId: string): void {
    this.#balancers.get(lbId)?.deactivate()
  }

  /** Takes nothing new, and resolves when nothing is in progress any more. */
  async stop(): Promise<void> {
    // The other node takes all of it over at one word.
    const all = () => this.#balancers.values()
    forEachContained('stop', all(), (balancer) => balancer.listeners.close())
    this.#source.releaseAll()
    this.#preparing.clear()
    forEachContained('stop', [...this.#balancers.keys()], (id) => this.remove(id))
    while ([...this.#leaving].some(({ sessions }) => sessions > 0)) {
      await new Promise((resolve) => setTimeout(resolve, DRAIN_POLL_MS))
    }
  }

  /** The process ends: what is in progress still is cut off. */
  shutDown(): void {
    const all = [...this.#balancers.values(), ...this.#leaving]
    forEachContained('stop', all, (balancer) => balancer.shutDown())
  }

  #begin(config: DesiredConfig, appliedAt?: Date, made?: PreparedConfig): LoadBalancer {
    const { lb_id: id } = config
    const onChange = (priority: ReportPriority) => this.#onChange(id, priority)
    const balancer = new LoadBalancer(config, this.#source, onChange, appliedAt, this.#logs, made)
    this.#balancers.set(id, balancer)
    return balancer
  }

  #forgetLeft(): void {
    for (const balancer of this.#leaving) {
      if (balancer.sessions === 0) this.#leaving.delete(balancer)
    }
  }
}

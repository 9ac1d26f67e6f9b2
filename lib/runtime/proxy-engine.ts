import { forEachContained, reportFault, wordsOfFault } from '#lib/process/faults.ts'
import type { DesiredConfig } from '#lib/protocol/desired-config.ts'
import type { ReportPriority } from '#lib/protocol/report.ts'
import type { Known } from '#lib/protocol/stream.ts'
import type { AccessLogs } from './access-log/access-logs.ts'
import { LoadBalancer } from './load-balancer.ts'
import type { Acl } from './rules/acl.ts'
import { Slices } from './scheduling/slices.ts'
import type { ListenerSource } from './sockets/listener-source.ts'
import { workUnder } from './watchdog/work-marks.ts'

/** How often it looks whether what was in progress has ended. Milliseconds. */
const DRAIN_POLL_MS = 20

/** A configuration that is being prepared, its load balancer, and the ACLs compiled so far. */
type Preparation = { config: DesiredConfig; balancer: LoadBalancer; acls: Map<string, Acl> }

/** What came of a configuration. */
export type ApplyResult =
  | { outcome: 'applied' }
  /** The former configuration stays in force. `reason`: one line. */
  | { outcome: 'rejected'; reason: string }
  /** There is a newer generation, or the load balancer was removed during the preparation. */
  | { outcome: 'superseded' }

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
  readonly #draining = new Set<LoadBalancer>()
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

  /** The configurations in force. */
  known(): Known['known'] {
    return Object.fromEntries(
      [...this.#balancers].map(([id, { config }]) => {
        const { generation, revision = '', changed_at, address } = config
        return [id, { generation, revision, changed_at, address }]
      }),
    )
  }

  /**
   * Prepares a configuration in slices of a few milliseconds, and applies it as a whole or not at all. A newer one that arrives
   * before that replaces it.
   * @param appliedAt when this node first applied it
   * @param guard runs each synchronous piece of the work
   */
  async apply(
    config: DesiredConfig,
    appliedAt: Date,
    guard: Guard = unguarded,
  ): Promise<ApplyResult> {
    const { lb_id: id, generation } = config
    const before = this.#preparing.get(id)
    const newest = before?.config ?? this.#balancers.get(id)?.config
    if (newest && generation < newest.generation) return { outcome: 'superseded' }
    const balancer = this.#balancers.get(id) ?? before?.balancer ?? this.#newBalancer(id)
    const preparation = { config, balancer, acls: before?.acls ?? balancer.compiledAcls() }
    this.#preparing.set(id, preparation)
    const isWanted = () => this.#preparing.get(id) === preparation
    try {
      const work = guarded(balancer.prepare(config, preparation.acls), guard)
      const prepared = await this.#slices.run(work, isWanted)
      if (!prepared || !isWanted()) return { outcome: 'superseded' }
      guard(() => workUnder(balancer.mark, () => balancer.apply(prepared.result, appliedAt)))
    } catch (fault) {
      reportFault(fault, 'configuration')
      if (!isWanted()) return { outcome: 'superseded' }
      return { outcome: 'rejected', reason: wordsOfFault(fault) }
    } finally {
      if (isWanted()) this.#preparing.delete(id)
    }
    this.#balancers.set(id, balancer)
    this.#onChange(id, 'immediate')
    return { outcome: 'applied' }
  }

  /** Ends a load balancer; what is in progress completes. */
  remove(lbId: string): void {
    this.#preparing.delete(lbId)
    const balancer = this.#balancers.get(lbId)
    if (!balancer) return
    this.#balancers.delete(lbId)
    balancer.retire()
    this.#forgetDrained()
    if (balancer.sessions > 0) this.#draining.add(balancer)
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
    while ([...this.#draining].some(({ sessions }) => sessions > 0)) {
      await new Promise((resolve) => setTimeout(resolve, DRAIN_POLL_MS))
    }
  }

  /** The process ends: what is in progress still is cut off. */
  shutDown(): void {
    const all = [...this.#balancers.values(), ...this.#draining]
    forEachContained('stop', all, (balancer) => balancer.shutDown())
  }

  #newBalancer(id: string): LoadBalancer {
    const onChange = (priority: ReportPriority) => this.#onChange(id, priority)
    return new LoadBalancer(id, { source: this.#source, onChange, logs: this.#logs })
  }

  #forgetDrained(): void {
    for (const balancer of this.#draining) {
      if (balancer.sessions === 0) this.#draining.delete(balancer)
    }
  }
}

import { setTimeout as delay } from 'node:timers/promises'
import { faultMessage, forEachContained, reportFault } from '#lib/process/faults.ts'
import type { DesiredConfig, DesiredDraft } from '#lib/protocol/desired-config.ts'
import type { ApplyResult, Engine } from '#lib/protocol/engine.ts'
import type { EngineReport, ReportPriority } from '#lib/protocol/report.ts'
import type { CheckReport, KnownConfig } from '#lib/protocol/stream.ts'
import type { AccessLogs } from './access-log/access-logs.ts'
import { DraftChecks } from './health/draft-checks.ts'
import { LoadBalancer } from './load-balancer.ts'
import type { Acl } from './rules/acl.ts'
import { Slices } from './scheduling/slices.ts'
import type { ListenerSource } from './sockets/listener-source.ts'
import type { WorkJournal } from './watchdog/work-journal.ts'
import { workUnder } from './watchdog/work-marks.ts'

/** Interval at which `drain` looks whether connections are in progress. Milliseconds. */
const DRAIN_POLL_MS = 20

/** A configuration that is being prepared, its load balancer, and the ACLs compiled so far. */
type Preparation = { config: DesiredConfig; balancer: LoadBalancer; acls: Map<string, Acl> }

/** Runs one synchronous piece of work. */
type Guard = <Result>(act: () => Result) => Result

type Options = {
  source: ListenerSource
  accessLogs: AccessLogs
  /** Records what is being applied, so that a crash can be blamed on it; null for no record. */
  journal: WorkJournal | null
}

/** The embedded proxy: all load balancers of this process. */
export class ProxyEngine implements Engine {
  onChange: (lbId: string, priority: ReportPriority) => void = () => {}
  readonly #balancers = new Map<string, LoadBalancer>()
  /** Removed load balancers that still have connections. */
  readonly #draining = new Set<LoadBalancer>()
  /** The newest configuration that is being prepared, by load balancer. */
  readonly #preparing = new Map<string, Preparation>()
  readonly #slices = new Slices()
  readonly #drafts = new DraftChecks()
  readonly #source: ListenerSource
  readonly #accessLogs: AccessLogs
  readonly #journal: WorkJournal | null

  constructor({ source, accessLogs, journal }: Options) {
    this.#source = source
    this.#accessLogs = accessLogs
    this.#journal = journal
  }

  /** Prepares in slices of a few milliseconds. A newer configuration that arrives in between replaces it. */
  async apply(config: DesiredConfig, appliedAt?: Date): Promise<ApplyResult> {
    const { lb_id: id, generation } = config
    const before = this.#preparing.get(id)
    const newest = before?.config ?? this.#balancers.get(id)?.config
    if (newest && generation < newest.generation) return { outcome: 'superseded' }
    const balancer = this.#balancers.get(id) ?? before?.balancer ?? this.#newBalancer(id)
    const preparation = { config, balancer, acls: before?.acls ?? balancer.compiledAcls() }
    this.#preparing.set(id, preparation)
    const isWanted = () => this.#preparing.get(id) === preparation
    const guard = this.#guardOf(config, appliedAt === undefined)
    try {
      const work = guarded(balancer.prepare(config, preparation.acls), guard)
      const prepared = await this.#slices.run(work, isWanted)
      if (!prepared || !isWanted()) return { outcome: 'superseded' }
      guard(() => workUnder(balancer.mark, () => balancer.apply(prepared.result, appliedAt)))
    } catch (fault) {
      reportFault(fault, 'configuration')
      if (!isWanted()) return { outcome: 'superseded' }
      return { outcome: 'rejected', reason: faultMessage(fault) }
    } finally {
      if (isWanted()) this.#preparing.delete(id)
    }
    this.#balancers.set(id, balancer)
    this.onChange(id, 'immediate')
    return { outcome: 'applied' }
  }

  remove(lbId: string): void {
    this.#preparing.delete(lbId)
    const balancer = this.#balancers.get(lbId)
    if (!balancer) return
    this.#balancers.delete(lbId)
    balancer.retire()
    for (const one of this.#draining) if (one.sessions === 0) this.#draining.delete(one)
    if (balancer.sessions > 0) this.#draining.add(balancer)
  }

  activate(lbId: string, since: Date, failoverId?: string): void {
    this.#balancers.get(lbId)?.activate(since, failoverId)
  }

  standBy(lbId: string): void {
    this.#balancers.get(lbId)?.standBy()
  }

  deactivate(lbId: string): void {
    this.#balancers.get(lbId)?.deactivate()
  }

  known(): Record<string, KnownConfig> {
    return Object.fromEntries(
      [...this.#balancers].map(([id, { config }]) => {
        const { generation, revision = '', changed_at, address } = config
        return [id, { generation, revision, changed_at, address }]
      }),
    )
  }

  report(lbId: string): EngineReport | null {
    return this.#balancers.get(lbId)?.report() ?? null
  }

  activity(lbId: string): number {
    return this.#balancers.get(lbId)?.activity() ?? 0
  }

  checkDraft(draft: DesiredDraft): Promise<CheckReport> {
    return this.#drafts.run(draft)
  }

  async drain(): Promise<void> {
    this.#drafts.stop()
    this.#preparing.clear()
    // All sockets first and one release for all, so that another node takes over at once.
    forEachContained('stop', this.#balancers.values(), (balancer) => balancer.listeners.close())
    this.#source.releaseAll()
    forEachContained('stop', [...this.#balancers.keys()], (id) => this.remove(id))
    while ([...this.#draining].some(({ sessions }) => sessions > 0)) await delay(DRAIN_POLL_MS)
  }

  async shutDown(): Promise<void> {
    const all = [...this.#balancers.values(), ...this.#draining]
    forEachContained('stop', all, (balancer) => balancer.shutDown())
    await this.#accessLogs.settled()
  }

  #newBalancer(id: string): LoadBalancer {
    const onChange = (priority: ReportPriority) => this.onChange(id, priority)
    return new LoadBalancer(id, { source: this.#source, onChange, logs: this.#accessLogs })
  }

  /** @param isChange false for a last good configuration, which ran before this process */
  #guardOf({ lb_id, generation }: DesiredConfig, isChange: boolean): Guard {
    const journal = this.#journal
    return (act) => (journal ? journal.applying({ lb_id, generation }, isChange, act) : act())
  }
}

/** The same work, with each step run by `guard`. */
function* guarded<Result>(work: Generator<void, Result>, guard: Guard): Generator<void, Result> {
  for (;;) {
    const step = guard(() => work.next())
    if (step.done) return step.value
    yield
  }
}

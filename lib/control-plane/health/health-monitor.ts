import type { Logger } from 'pino'
import { contain } from '#lib/process/faults.ts'
import type { Fleet } from '../nodes/observed/fleet.ts'
import { isServing } from '../nodes/observed/instance-state.ts'
import { type LbState, lbStatus, mayConnect } from '../nodes/observed/lb-status.ts'
import { observedHealth } from '../nodes/observed/observed-health.ts'
import { ChangeFeed } from '../store/change-feed.ts'
import { lbBatches } from '../store/lb-batches.ts'
import { loadRules, NO_RULES, type Rules } from '../store/load-rules.ts'
import type { Signal } from '../store/signal.ts'
import type { Store } from '../store/store.ts'
import type { LbRow } from '../store/tables.ts'
import type { TrafficHistory } from '../traffic/traffic-history.ts'
import { lbState } from '../views/lb-view.ts'
import { yieldEvery } from '../yield-every.ts'
import { UnhealthyLbs } from './unhealthy-lbs.ts'

/** The interval of rounds. */
const ROUND_MS = 100
/** Load balancers that are read together. */
const BATCH_MAX = 100
/** The interval at which the commits of other processes are read. */
const COMMITS_MS = 2000
/** The interval at which hosts' problems and shares of 5xx responses are compared with before. */
const COMPARE_MS = 2000
/** The wait after a failure, such as a database that is away. */
const RETRY_MS = 1000
/** When a health is derived again that may change by time alone: after the grace periods of a status. */
const RECHECK_MS = 5500
/** The first pass over all load balancers begins when their nodes have had time to connect. */
const FIRST_PASS_MS = 5500
/** Later passes, for what no event announces, such as a certificate that has ended. */
const PASS_MS = 10 * 60_000

type Dependencies = {
  store: Store
  commits: Signal
  fleet: Fleet
  traffic: TrafficHistory
  log: Logger
}

/**
 * Keeps the load balancers that are not healthy in memory, so that lists sort and filter by health without deriving that of all load balancers. The
 * health is derived again after a change of a load balancer's configuration or observed state. Each control plane has its own.
 */
export class HealthMonitor {
  readonly unhealthy = new UnhealthyLbs()
  readonly #dependencies: Dependencies
  readonly #feed: ChangeFeed
  readonly #unsubscribe: () => void
  readonly #timer: NodeJS.Timeout
  /** The load balancers whose health may have changed. */
  readonly #due = new Set<string>()
  /** When to derive a health again that may change by time alone, by load balancer. */
  readonly #rechecks = new Map<string, number>()
  #withHostProblems: ReadonlySet<string> = new Set()
  #withManyErrors: ReadonlySet<string> = new Set()
  #commits = -1
  #commitsReadAt = Number.NEGATIVE_INFINITY
  #comparedAt = 0
  /** The count of `fleet.nodeChanges` when hosts' problems were last read. */
  #nodeChanges = -1
  /** The last load balancer of the pass in progress; null between passes. */
  #passed: string | null = null
  #nextPassAt = performance.now() + FIRST_PASS_MS
  #round: Promise<void> | null = null
  /** After a failure. */
  #pausedUntil = 0
  #isStopped = false

  private constructor(dependencies: Dependencies, feed: ChangeFeed) {
    this.#dependencies = dependencies
    this.#feed = feed
    this.#unsubscribe = dependencies.fleet.subscribe((lbId, priority) => {
      if (priority === 'immediate') this.#due.add(lbId)
    })
    const onTime = contain('maintenance', () => {
      if (performance.now() >= this.#pausedUntil) this.#round ??= this.#roundOnce()
    })
    this.#timer = setInterval(onTime, ROUND_MS).unref()
  }

  static async start(dependencies: Dependencies): Promise<HealthMonitor> {
    const { store, commits } = dependencies
    return new HealthMonitor(dependencies, await ChangeFeed.open(store.reader, commits))
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    clearInterval(this.#timer)
    this.#unsubscribe()
    await this.#round
    this.#feed.close()
  }

  async #roundOnce(): Promise<void> {
    try {
      await this.#runRound()
    } catch (err) {
      this.#pausedUntil = performance.now() + RETRY_MS
      if (!this.#isStopped) this.#dependencies.log.error({ err }, 'health could not be derived')
    }
    this.#round = null
  }

  async #runRound(): Promise<void> {
    const now = performance.now()
    await this.#addCommits(now)
    if (now - this.#comparedAt >= COMPARE_MS) {
      this.#comparedAt = now
      await this.#addCompared()
    }
    for (const [lbId, at] of this.#rechecks) {
      if (at > now) break
      this.#rechecks.delete(lbId)
      this.#due.add(lbId)
    }
    while (this.#due.size > 0 && !this.#isStopped) await this.#deriveDue()
    if (now >= this.#nextPassAt) await this.#pass()
  }

  async #addCommits(now: number): Promise<void> {
    const { count } = this.#dependencies.commits
    if (count === this.#commits && now - this.#commitsReadAt < COMMITS_MS) return
    for (const { lb_id } of await this.#feed.read()) if (lb_id !== null) this.#due.add(lb_id)
    this.#commits = count
    this.#commitsReadAt = now
  }

  /** Adds the load balancers whose hosts or responses have got a problem, or have lost it. */
  async #addCompared(): Promise<void> {
    const { fleet, traffic } = this.#dependencies
    const withManyErrors = traffic.recentResponses.withManyErrors()
    const withHostProblems = await this.#readHostProblems()
    const changed = [
      ...withManyErrors.symmetricDifference(this.#withManyErrors),
      ...withHostProblems.symmetricDifference(this.#withHostProblems),
    ]
    this.#withManyErrors = withManyErrors
    this.#withHostProblems = withHostProblems
    // Readers of live events hear of it too.
    for (const lbId of changed) fleet.notifyChanged(lbId)
  }

  /** The load balancers whose hosts have a problem. Read again only after hosts or nodes have changed. */
  async #readHostProblems(): Promise<ReadonlySet<string>> {
    const { fleet } = this.#dependencies
    const { count } = fleet.nodeChanges
    if (count === this.#nodeChanges) return this.#withHostProblems
    const found = new Set<string>()
    const yieldWhenDue = yieldEvery()
    for (const lbId of fleet.lbIds()) {
      if (fleet.hostProblems(lbId).length > 0) found.add(lbId)
      await yieldWhenDue()
    }
    this.#nodeChanges = count
    return found
  }

  /** Derives the health of up to a batch of those that are due. They stay due if that fails. */
  async #deriveDue(): Promise<void> {
    const ids = [...this.#due.values().take(BATCH_MAX)]
    // What changes from here on is derived again.
    for (const id of ids) this.#due.delete(id)
    try {
      await this.#derive(ids)
    } catch (error) {
      for (const id of ids) this.#due.add(id)
      throw error
    }
  }

  /** The next load balancers of the pass over all of them. */
  async #pass(): Promise<void> {
    const rows = await this.#dependencies.store.reader
      .selectFrom('lbs')
      .select('id')
      .where('id', '>', this.#passed ?? '')
      .orderBy('id')
      .limit(BATCH_MAX)
      .execute()
    const ids = rows.map(({ id }) => id)
    if (ids.length > 0) await this.#derive(ids)
    this.#passed = ids.at(-1) ?? null
    if (this.#passed === null) this.#nextPassAt = performance.now() + PASS_MS
  }

  async #derive(ids: string[]): Promise<void> {
    const { store, fleet, log } = this.#dependencies
    const [lbs, ips] = await Promise.all([
      store.reader.selectFrom('lbs').selectAll().where('id', 'in', ids).execute(),
      store.reader
        .selectFrom('ips')
        .select(['lb_id', 'ip_address'])
        .where('lb_id', 'in', ids)
        .execute(),
    ])
    const lbOf = new Map(lbs.map((lb) => [lb.id, lb]))
    const addressOf = new Map(ips.map(({ lb_id, ip_address }) => [lb_id, ip_address]))
    for (const id of ids) if (!lbOf.has(id)) this.#forget(id)
    for await (const batch of lbBatches(store.reader, [...lbOf.keys()])) {
      const rules = await loadRules(store.reader, batch)
      for (const id of batch) {
        const lb = lbOf.get(id)
        if (!lb) continue
        try {
          this.#note(lb, lbState(lb, addressOf.get(id) ?? null, fleet), rules.get(id) ?? NO_RULES)
        } catch (err) {
          // The health of other load balancers doesn't depend on this one.
          log.error({ err, lb_id: id }, "a load balancer's health could not be derived")
        }
      }
    }
  }

  #note(lb: LbRow, state: LbState, rules: Rules): void {
    const { id } = lb
    const responses = this.#dependencies.traffic.recentResponses.of(id)
    this.unhealthy.set(lb, observedHealth(state, rules, responses).health.state)
    this.#rechecks.delete(id)
    if (changesByTime(state)) this.#rechecks.set(id, performance.now() + RECHECK_MS)
  }

  #forget(lbId: string): void {
    this.unhealthy.delete(lbId)
    this.#rechecks.delete(lbId)
  }
}

/** Whether a load balancer's status may change without a report, because a grace period ends. */
function changesByTime(state: LbState): boolean {
  const status = lbStatus(state)
  if (status === 'error') return false
  if (status !== 'ready') return true
  return mayConnect(state) || !state.instances.some(({ report }) => report && isServing(report))
}

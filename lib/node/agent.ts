import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from 'pino'
import { contain, detach, wordsOfFault } from '#lib/process/faults.ts'
import type { DesiredConfig, DesiredDraft } from '#lib/protocol/desired-config.ts'
import { type QuarantinedLb, quarantinePath } from '#lib/protocol/quarantine.ts'
import type { ReportPriority } from '#lib/protocol/report.ts'
import { type ConfigMessage, checkPath, type Known } from '#lib/protocol/stream.ts'
import type { NodeToSupervisor } from '#lib/protocol/supervision.ts'
import { AccessLogs } from '#lib/runtime/access-log/access-logs.ts'
import { DraftChecks } from '#lib/runtime/health/draft-checks.ts'
import { ProxyEngine } from '#lib/runtime/proxy-engine.ts'
import type { SocketHandle } from '#lib/runtime/sockets/listener-source.ts'
import type { WorkJournal } from '#lib/runtime/watchdog/work-journal.ts'
import { ApplyGrant, type Deferred } from './apply-grant.ts'
import { type ConfigFollower, ConfigStream } from './config-stream.ts'
import { LastGoodConfigs } from './last-good-config.ts'
import { NodeQuarantine } from './node-quarantine.ts'
import type { NodeSettings } from './node-settings.ts'
import { postJson } from './post-json.ts'
import { type Rejection, Reporter } from './reporter.ts'
import { shareLimits } from './share-limits.ts'
import { SupervisorListeners } from './supervision/supervisor-listeners.ts'

/** Delay before following the control plane again after a fault. Milliseconds. */
const FOLLOW_AGAIN_MS = 1000
/** How long a grant is used before another process of the region gets one. Milliseconds. */
const GRANT_MS = 100

/** A message that changes what the node runs. */
type Change = Extract<ConfigMessage, { type: 'apply' | 'remove' }>

/** Keeps the node as the control plane wants it, and the control plane informed. */
export class Agent implements ConfigFollower {
  readonly node: ProxyEngine
  readonly listeners: SupervisorListeners
  readonly #lastGood: LastGoodConfigs
  readonly #accessLogs: AccessLogs
  readonly #reporter: Reporter
  readonly #stream: ConfigStream
  readonly #drafts = new DraftChecks()
  readonly #settings: NodeSettings
  readonly #log: Logger
  readonly #send: (message: NodeToSupervisor) => void
  readonly #journal: WorkJournal | null
  readonly applyGrant: ApplyGrant
  readonly #quarantine = new NodeQuarantine()
  /** The newest generations that can't be applied, and why, by load balancer. */
  readonly #rejected = new Map<string, Rejection>()
  /** Configurations that are not run because they are quarantined, by load balancer. */
  readonly #blocked = new Map<string, DesiredConfig>()
  /** Changes to apply, in order of arrival. */
  #changes: Change[] = []
  #isChanging = false
  /** Timers of changes that have just ended the region's other node, by load balancer. */
  readonly #deferred = new Map<string, NodeJS.Timeout>()

  /** @param journal records what is being applied; null if it could not be opened */
  constructor(
    settings: NodeSettings,
    send: (message: NodeToSupervisor, handle?: SocketHandle) => void,
    log: Logger,
    journal: WorkJournal | null = null,
  ) {
    this.#settings = settings
    this.#log = log
    this.#send = send
    this.listeners = new SupervisorListeners(send)
    this.#journal = journal
    this.applyGrant = new ApplyGrant(send, settings.applyInTurn)
    const kept = join(settings.dataDir, 'nodes', settings.node)
    this.#lastGood = new LastGoodConfigs(kept, log, (lbId) =>
      this.#reporter.note(lbId, 'immediate'),
    )
    const { dataDir, node, worker } = settings
    const directory = join(dataDir, 'logs', 'access')
    this.#accessLogs = new AccessLogs({ directory, node, worker }, log)
    const note = (lbId: string, priority: ReportPriority) => this.#reporter.note(lbId, priority)
    this.node = new ProxyEngine(this.listeners, note, this.#accessLogs)
    this.listeners.acceptor = this.node
    this.#reporter = new Reporter({
      settings,
      balancers: this.node.balancers,
      rejected: this.#rejected,
      whyNotKept: (lbId) => this.#lastGood.whyNotKept(lbId),
      quarantined: () => this.#quarantine.all(),
      log,
    })
    this.#stream = new ConfigStream(settings, this, log)
  }

  /** Runs what it ran last, then follows the control plane. Resolves when the former is in effect. */
  async start(): Promise<void> {
    const { dataDir, node } = this.#settings
    this.#quarantine.load(quarantinePath(dataDir, node))
    const kept = await this.#lastGood.load()
    // Deferrals don't matter here: this node ran these configurations before.
    await this.applyGrant.take()
    for (const { config, appliedAt } of kept) await this.#apply(config, appliedAt)
    this.applyGrant.release()
    this.#follow()
  }

  #follow(afterMs = 0): void {
    const follow = async () => {
      if (afterMs > 0) await delay(afterMs)
      await this.#stream.run()
    }
    detach('configuration stream', follow, () => this.#follow(FOLLOW_AGAIN_MS))
  }

  /** Takes nothing new; resolves when nothing is in progress. */
  async stop(): Promise<void> {
    this.#stream.stop()
    this.#reporter.stop()
    this.#drafts.stop()
    for (const timer of this.#deferred.values()) clearTimeout(timer)
    this.#changes = []
    await Promise.all([this.node.stop(), this.#lastGood.settled()])
  }

  /** Cuts off what is in progress still, and writes down what was. */
  async finish(): Promise<void> {
    this.node.shutDown()
    await this.#accessLogs.settled()
  }

  known(): Known['known'] {
    const blocked = [...this.#blocked].map(([id, config]) => {
      const { generation, revision = '', changed_at, address } = config
      return [id, { generation, revision, changed_at, address }]
    })
    return { ...Object.fromEntries(blocked), ...this.node.known() }
  }

  onConnected(): void {
    this.#reporter.connected()
  }

  onMessage(message: ConfigMessage): void {
    if (message.type === 'check') {
      detach('draft check', () => this.#check(message.id, message.draft))
    }
    if (message.type !== 'apply' && message.type !== 'remove') return
    const id = lbOf(message)
    this.#forgetDeferred(id)
    // A newer change of a load balancer replaces a queued one.
    this.#changes = this.#changes.filter((change) => lbOf(change) !== id)
    this.#changes.push(message)
    if (!this.#isChanging) detach('configuration', () => this.#change())
  }

  /** Replaces the generations in quarantine. One that is running is stopped. */
  onQuarantine(lbs: QuarantinedLb[]): void {
    this.#quarantine.replace(lbs)
    for (const { lb_id, generation } of lbs) {
      const config = this.node.balancers.get(lb_id)?.config
      if (config?.generation !== generation) continue
      this.#block(config)
    }
    this.#reporter.noteQuarantine()
  }

  #block(config: DesiredConfig): void {
    this.#blocked.set(config.lb_id, config)
    this.#rejected.delete(config.lb_id)
    this.node.remove(config.lb_id)
  }

  async #change(): Promise<void> {
    this.#isChanging = true
    try {
      while (this.#changes.length > 0) await this.#applyQueued()
    } finally {
      this.#isChanging = false
    }
  }

  /** Applies the queued changes while the supervisor grants it. */
  async #applyQueued(): Promise<void> {
    const deferred = await this.applyGrant.take()
    try {
      const began = performance.now()
      while (performance.now() - began < GRANT_MS) {
        const change = this.#changes.shift()
        if (!change) break
        await this.#carryOut(change, deferred)
      }
    } finally {
      this.applyGrant.release()
    }
  }

  /** A change that fails must not stop the others. */
  async #carryOut(change: Change, deferred: Deferred): Promise<void> {
    const lbId = lbOf(change)
    try {
      if (change.type === 'remove') this.#remove(lbId)
      else if (!this.#defer(change, deferred)) await this.#applyChange(change.config)
    } catch (error) {
      this.#log.error({ err: error, lb_id: lbId }, 'a configuration message failed')
    }
  }

  /** A newer change has arrived: a deferred one must not replace it. */
  #forgetDeferred(lbId: string): void {
    clearTimeout(this.#deferred.get(lbId))
    this.#deferred.delete(lbId)
  }

  /** Defers a change that has just ended the region's other node. @returns whether it is deferred */
  #defer(change: Extract<Change, { type: 'apply' }>, deferred: Deferred): boolean {
    const { lb_id, generation } = change.config
    const later = deferred.find((one) => one.lb_id === lb_id && one.generation === generation)
    if (!later) return false
    this.#log.warn({ lb_id, generation }, 'deferred: it has just ended the other node')
    const again = contain('configuration', () => this.onMessage(change))
    this.#deferred.set(lb_id, setTimeout(again, later.for_ms))
    return true
  }

  async #applyChange(config: DesiredConfig): Promise<void> {
    if (!(await this.#apply(config))) return
    const isRelease = this.#quarantine.isReleasedBy(config)
    if (isRelease) this.#noteReleased(config.lb_id)
    if (!this.#keeps) return
    detach('last good configuration', async () => {
      await this.#lastGood.save(config)
      // Until it is saved, the next start would load the quarantined one.
      if (isRelease) this.#tellReleased(config.lb_id)
    })
  }

  #remove(lbId: string): void {
    this.node.remove(lbId)
    this.#blocked.delete(lbId)
    this.#rejected.delete(lbId)
    const wasQuarantined = this.#quarantine.has(lbId)
    if (wasQuarantined) this.#noteReleased(lbId)
    if (this.#keeps) {
      detach('last good configuration', async () => {
        await this.#lastGood.forget(lbId)
        if (wasQuarantined) this.#tellReleased(lbId)
      })
    }
    this.#log.info({ lb_id: lbId }, 'removed')
  }

  #noteReleased(lbId: string): void {
    this.#quarantine.release(lbId)
    this.#reporter.noteQuarantine()
  }

  #tellReleased(lbId: string): void {
    if (this.#lastGood.whyNotKept(lbId) === undefined) {
      this.#send({ type: 'quarantine_over', lb_id: lbId })
    }
  }

  onUnreadable(lbId: string, generation: number, fault: unknown): void {
    this.#reject(lbId, { generation, reason: wordsOfFault(fault) })
  }

  #reject(lbId: string, rejection: Rejection): void {
    this.#rejected.set(lbId, rejection)
    this.#reporter.note(lbId, 'immediate')
  }

  /** What a node runs is kept once, by the first of its workers; all of them start from it. */
  get #keeps(): boolean {
    return this.#settings.worker === 1
  }

  async #check(id: string, draft: DesiredDraft): Promise<void> {
    const report = await this.#drafts.run(draft)
    try {
      await postJson(this.#settings, checkPath(this.#settings.node, id), report)
    } catch (error) {
      // Who waits for it is told that this node did not answer.
      this.#log.warn({ err: error }, "a draft's check couldn't be reported")
    }
  }

  /** @param appliedAt when this node first applied it; omitted for a change */
  async #apply(config: DesiredConfig, appliedAt?: Date): Promise<boolean> {
    const { lb_id, generation } = config
    if (this.#quarantine.blocks(config)) {
      this.#blocked.set(lb_id, config)
      this.#log.warn({ lb_id, generation }, 'refused: it is in quarantine on this node')
      return false
    }
    const isChange = appliedAt === undefined
    const guard = <Result>(act: () => Result) =>
      this.#journal ? this.#journal.applying({ lb_id, generation }, isChange, act) : act()
    const shared = shareLimits(config, this.#settings)
    const result = await guard(() => this.node.apply(shared, appliedAt ?? new Date(), guard))
    if (result.outcome === 'rejected') {
      this.#log.error({ lb_id, generation, reason: result.reason }, 'rejected')
      this.#reject(lb_id, { generation, reason: result.reason })
      return false
    }
    if (result.outcome === 'superseded') {
      this.#log.warn({ lb_id, generation }, 'superseded by a newer generation or a removal')
      return false
    }
    // It was quarantined while it was prepared.
    if (this.#quarantine.blocks(config)) {
      this.#block(config)
      return false
    }
    this.#blocked.delete(lb_id)
    this.#rejected.delete(lb_id)
    this.#log.info({ lb_id, generation }, 'applied')
    return true
  }
}

function lbOf(change: Change): string {
  return change.type === 'apply' ? change.config.lb_id : change.lb_id
}

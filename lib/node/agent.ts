import { join } from 'node:path'
import type { Logger } from 'pino'
import { detach } from '#lib/process/faults.ts'
import type { DesiredConfig, DesiredDraft } from '#lib/protocol/desired-config.ts'
import type { Engine } from '#lib/protocol/engine.ts'
import { type QuarantinedLb, quarantinePath } from '#lib/protocol/quarantine.ts'
import type { ReportPriority } from '#lib/protocol/report.ts'
import type { NodeSettings } from '#lib/protocol/settings/node-settings.ts'
import type { CheckReport, FollowRequest, KnownConfig } from '#lib/protocol/stream.ts'
import type { NodeToSupervisor } from '#lib/protocol/supervision.ts'
import type { ApplyGrant } from './apply-grant.ts'
import { type Change, ChangeQueue } from './change-queue.ts'
import { type ChangeReceiver, FollowedControlPlane } from './followed-control-plane.ts'
import { LastGoodConfigs } from './last-good-config.ts'
import { MessageOrder } from './message-order.ts'
import { NodeQuarantine } from './node-quarantine.ts'
import type { Rejection, ReportSources } from './reporter.ts'
import { shareLimits } from './share-limits.ts'

type Options = {
  settings: NodeSettings
  engine: Engine
  grant: ApplyGrant
  send(message: NodeToSupervisor): void
  log: Logger
}

/** Has the engine run what the control planes want, and reports to all of them what it does. */
export class Agent implements ChangeReceiver {
  readonly #settings: NodeSettings
  readonly #engine: Engine
  readonly #grant: ApplyGrant
  readonly #send: (message: NodeToSupervisor) => void
  readonly #log: Logger
  readonly #lastGood: LastGoodConfigs
  readonly #reports: ReportSources
  /** By URL. */
  readonly #controlPlanes = new Map<string, FollowedControlPlane>()
  readonly #order = new MessageOrder()
  #isFollowing = false
  readonly #changes: ChangeQueue
  readonly #quarantine = new NodeQuarantine()
  /** The newest generation of each load balancer that was rejected, if a newer one is not applied yet. */
  readonly #rejected = new Map<string, Rejection>()
  /** Generations that the node has and doesn't run because they are in quarantine, by load balancer. */
  readonly #blocked = new Map<string, KnownConfig>()

  constructor({ settings, engine, grant, send, log }: Options) {
    this.#settings = settings
    this.#engine = engine
    this.#grant = grant
    this.#send = send
    this.#log = log
    const onChange = (lbId: string, priority: ReportPriority) => this.#onChange(lbId, priority)
    const directory = join(settings.dataDir, 'nodes', settings.node)
    this.#lastGood = new LastGoodConfigs(directory, log, (lbId) => onChange(lbId, 'immediate'))
    this.#reports = {
      worker: settings.worker,
      engine,
      rejected: this.#rejected,
      saveError: (lbId) => this.#lastGood.saveError(lbId),
      quarantined: () => this.#quarantine.all(),
      log,
    }
    this.#changes = new ChangeQueue(grant, (change) => this.#carryOut(change), log)
    engine.onChange = onChange
  }

  /** Applies the last good configurations, then follows the control planes. Resolves when they are in effect. */
  async start(): Promise<void> {
    const { dataDir, node } = this.#settings
    this.#quarantine.load(quarantinePath(dataDir, node))
    const lastGood = await this.#lastGood.load()
    // Deferrals don't matter here: this node ran these configurations before.
    await this.#grant.take()
    for (const { config, appliedAt } of lastGood) await this.#apply(config, appliedAt)
    this.#grant.release()
    this.#isFollowing = true
    this.controlPlanesChanged()
  }

  /** The URLs of the control planes in the settings have changed. */
  controlPlanesChanged(): void {
    if (!this.#isFollowing) return
    const urls = new Set(this.#settings.apiUrls)
    for (const [url, controlPlane] of this.#controlPlanes) {
      if (urls.has(url)) continue
      controlPlane.stop()
      this.#controlPlanes.delete(url)
    }
    for (const url of urls) if (!this.#controlPlanes.has(url)) this.#follow(url)
  }

  /** Releases all addresses. Resolves when no connection is in progress. */
  async stop(): Promise<void> {
    this.#isFollowing = false
    for (const controlPlane of this.#controlPlanes.values()) controlPlane.stop()
    this.#changes.stop()
    await Promise.all([this.#engine.drain(), this.#lastGood.settled()])
  }

  known(): FollowRequest['known'] {
    return { ...Object.fromEntries(this.#blocked), ...this.#engine.known() }
  }

  pending(): string[] {
    return this.#changes.pending()
  }

  push(change: Change): void {
    this.#changes.push(change)
  }

  reject(lbId: string, rejection: Rejection): void {
    this.#rejected.set(lbId, rejection)
    this.#onChange(lbId, 'immediate')
  }

  checkDraft(draft: DesiredDraft): Promise<CheckReport> {
    return this.#engine.checkDraft(draft)
  }

  /** Replaces the generations in quarantine. One that is running is stopped. */
  onQuarantine(lbs: QuarantinedLb[]): void {
    this.#quarantine.replace(lbs)
    const known = this.#engine.known()
    for (const { lb_id, generation } of lbs) {
      const config = known[lb_id]
      if (config?.generation === generation) this.#block(lb_id, config)
    }
    this.#onQuarantineChange()
  }

  #follow(apiUrl: string): void {
    const settings = this.#settings
    const access = {
      apiUrl,
      identityFile: settings.identityFile,
      // A supervisor that adopts this process brings another one.
      get credential() {
        return settings.credential
      },
    }
    const { worker, workers } = settings
    const controlPlane = new FollowedControlPlane(access, {
      worker: { worker, workers },
      receiver: this,
      order: this.#order,
      reports: this.#reports,
      log: this.#log,
    })
    this.#controlPlanes.set(apiUrl, controlPlane)
    controlPlane.follow()
  }

  #onChange(lbId: string, priority: ReportPriority): void {
    for (const { reporter } of this.#controlPlanes.values()) reporter.onLbChange(lbId, priority)
  }

  #onQuarantineChange(): void {
    for (const { reporter } of this.#controlPlanes.values()) reporter.onQuarantineChange()
  }

  async #carryOut(change: Change): Promise<void> {
    if (change.type === 'remove') this.#remove(change.lb_id)
    else if (await this.#apply(change.config)) this.#keep(change.config)
  }

  /**
   * @param appliedAt when this node first applied it; omitted for a change
   * @returns whether it is in effect
   */
  async #apply(config: DesiredConfig, appliedAt?: Date): Promise<boolean> {
    const { lb_id, generation } = config
    if (this.#quarantine.blocks(config)) {
      this.#blocked.set(lb_id, knownOf(config))
      this.#log.warn({ lb_id, generation }, 'refused: it is in quarantine on this node')
      return false
    }
    const result = await this.#engine.apply(shareLimits(config, this.#settings), appliedAt)
    if (result.outcome === 'rejected') {
      this.#log.error({ lb_id, generation, reason: result.reason }, 'rejected')
      this.reject(lb_id, { generation, reason: result.reason })
      return false
    }
    if (result.outcome === 'superseded') {
      this.#log.warn({ lb_id, generation }, 'superseded by a newer generation or a removal')
      return false
    }
    // It was quarantined while it was prepared.
    if (this.#quarantine.blocks(config)) {
      this.#block(lb_id, knownOf(config))
      return false
    }
    this.#blocked.delete(lb_id)
    this.#rejected.delete(lb_id)
    this.#log.info({ lb_id, generation }, 'applied')
    return true
  }

  #remove(lbId: string): void {
    this.#engine.remove(lbId)
    this.#blocked.delete(lbId)
    this.#rejected.delete(lbId)
    const wasQuarantined = this.#quarantine.has(lbId)
    if (wasQuarantined) this.#noteReleased(lbId)
    if (this.#keeps) {
      detach('last good configuration', async () => {
        await this.#lastGood.forget(lbId)
        if (wasQuarantined) this.#sendReleased(lbId)
      })
    }
    this.#log.info({ lb_id: lbId }, 'removed')
  }

  /** Keeps an applied change as the last good configuration. */
  #keep(config: DesiredConfig): void {
    const isRelease = this.#quarantine.isReleasedBy(config)
    if (isRelease) this.#noteReleased(config.lb_id)
    if (!this.#keeps) return
    detach('last good configuration', async () => {
      await this.#lastGood.save(config)
      // Until it is saved, the next start would load the quarantined one.
      if (isRelease) this.#sendReleased(config.lb_id)
    })
  }

  /** The first worker keeps the node's last good configurations, and all of them start from these. */
  get #keeps(): boolean {
    return this.#settings.worker === 1
  }

  #block(lbId: string, config: KnownConfig): void {
    this.#blocked.set(lbId, config)
    this.#rejected.delete(lbId)
    this.#engine.remove(lbId)
  }

  #noteReleased(lbId: string): void {
    this.#quarantine.release(lbId)
    this.#onQuarantineChange()
  }

  #sendReleased(lbId: string): void {
    if (this.#lastGood.saveError(lbId) === undefined) {
      this.#send({ type: 'quarantine_over', lb_id: lbId })
    }
  }
}

function knownOf({ generation, revision = '', changed_at, address }: DesiredConfig): KnownConfig {
  return { generation, revision, changed_at, address }
}

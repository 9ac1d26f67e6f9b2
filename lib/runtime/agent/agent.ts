import { join } from 'node:path'
import type { Logger } from 'pino'
import type { DesiredConfig, DesiredDraft } from '#lib/config/desired.ts'
import { type ConfigMessage, checkPath, type Known } from '#lib/config/stream.ts'
import type { NodeToSupervisor } from '#lib/config/supervision.ts'
import { AccessLogs } from '../access-log/access-logs.ts'
import { DraftChecks } from '../health/draft-checks.ts'
import type { Urgency } from '../load-balancer.ts'
import { Node } from '../node.ts'
import { type ConfigFollower, ConfigStream } from './config-stream.ts'
import type { NodeSettings } from './environment.ts'
import { LastGood } from './last-good.ts'
import { postJson } from './post-json.ts'
import { Reporter } from './reporter.ts'
import { shareLimits } from './share-limits.ts'

/** Keeps the node as the control plane wants it, and the control plane informed. */
export class Agent implements ConfigFollower {
  readonly node: Node
  readonly #lastGood: LastGood
  readonly #accessLogs: AccessLogs
  readonly #reporter: Reporter
  readonly #stream: ConfigStream
  readonly #drafts = new DraftChecks()
  readonly #settings: NodeSettings
  readonly #log: Logger

  constructor(settings: NodeSettings, send: (message: NodeToSupervisor) => void, log: Logger) {
    this.#settings = settings
    this.#log = log
    const kept = join(settings.dataDir, 'nodes', settings.node)
    this.#lastGood = new LastGood(kept, log, (lbId) => this.#reporter.note(lbId, true))
    const { dataDir, node, worker } = settings
    const directory = join(dataDir, 'logs', 'access')
    this.#accessLogs = new AccessLogs({ directory, node, worker }, log)
    const note = (lbId: string, urgency: Urgency) => this.#reporter.note(lbId, urgency === 'now')
    this.node = new Node(send, note, this.#accessLogs)
    this.#reporter = new Reporter(
      settings,
      this.node.balancers,
      (lbId) => this.#lastGood.whyNotKept(lbId),
      log,
    )
    this.#stream = new ConfigStream(settings, this, log)
  }

  /** Runs what it ran last, then follows the control plane. Resolves when the former is in effect. */
  async start(): Promise<void> {
    for (const { config, appliedAt } of await this.#lastGood.load()) {
      await this.#apply(config, appliedAt)
    }
    void this.#stream.run()
  }

  /** Takes nothing new; resolves when nothing is in progress. */
  async stop(): Promise<void> {
    this.#stream.stop()
    this.#reporter.stop()
    this.#drafts.stop()
    await Promise.all([this.node.stop(), this.#lastGood.settled()])
  }

  /** Cuts off what is in progress still, and writes down what was. */
  async finish(): Promise<void> {
    this.node.shutDown()
    await this.#accessLogs.settled()
  }

  known(): Known['known'] {
    return this.node.known()
  }

  onConnected(): void {
    this.#reporter.connected()
  }

  onMessage(message: ConfigMessage): void {
    if (message.type === 'apply') {
      void this.#follow(message.config)
    } else if (message.type === 'remove') {
      this.node.remove(message.lb_id)
      if (this.#keeps) void this.#lastGood.forget(message.lb_id)
      this.#log.info({ lb_id: message.lb_id }, 'removed')
    } else if (message.type === 'check') {
      void this.#check(message.id, message.draft)
    }
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

  /** One that can't be carried out must not stop the others. */
  async #follow(config: DesiredConfig): Promise<void> {
    try {
      const applied = await this.#apply(config)
      if (applied && this.#keeps) await this.#lastGood.save(config)
    } catch (error) {
      this.#log.error({ err: error, lb_id: config.lb_id }, "a configuration can't be applied")
    }
  }

  async #apply(config: DesiredConfig, appliedAt = new Date()): Promise<boolean> {
    const { lb_id, generation } = config
    const applied = await this.node.apply(shareLimits(config, this.#settings), appliedAt)
    if (applied) this.#log.info({ lb_id, generation }, 'applied')
    else this.#log.warn({ lb_id, generation }, 'not applied: there is a newer generation, or none')
    return applied
  }
}

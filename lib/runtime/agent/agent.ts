import { join } from 'node:path'
import type { Logger } from 'pino'
import type { DesiredConfig } from '#lib/config/desired.ts'
import type { ConfigMessage } from '#lib/config/stream.ts'
import type { NodeToSupervisor } from '#lib/config/supervision.ts'
import { Node } from '../node.ts'
import { type ConfigFollower, ConfigStream } from './config-stream.ts'
import type { NodeSettings } from './environment.ts'
import { LastGood } from './last-good.ts'
import { Reporter } from './reporter.ts'

/** Keeps the node as the control plane wants it, and the control plane informed. */
export class Agent implements ConfigFollower {
  readonly node: Node
  readonly #lastGood: LastGood
  readonly #reporter: Reporter
  readonly #stream: ConfigStream
  readonly #log: Logger

  constructor(settings: NodeSettings, send: (message: NodeToSupervisor) => void, log: Logger) {
    this.#log = log
    this.#lastGood = new LastGood(join(settings.dataDir, 'nodes', settings.node), log)
    this.node = new Node(send, (lbId, urgency) => this.#reporter.note(lbId, urgency === 'now'))
    this.#reporter = new Reporter(settings, this.node.balancers, log)
    this.#stream = new ConfigStream(settings, this, log)
  }

  /** Runs what it ran last, then follows the control plane. Resolves when the former is in effect. */
  async start(): Promise<void> {
    for (const { config, appliedAt } of await this.#lastGood.load()) this.#apply(config, appliedAt)
    void this.#stream.run()
  }

  /** Takes nothing new; resolves when nothing is in progress. */
  async stop(): Promise<void> {
    this.#stream.stop()
    this.#reporter.stop()
    await Promise.all([this.node.stop(), this.#lastGood.settled()])
  }

  known(): Record<string, number> {
    return this.node.known()
  }

  onConnected(): void {
    this.#reporter.connected()
  }

  onMessage(message: ConfigMessage): void {
    if (message.type === 'apply') {
      if (this.#apply(message.config)) void this.#lastGood.save(message.config)
    } else if (message.type === 'remove') {
      this.node.remove(message.lb_id)
      void this.#lastGood.forget(message.lb_id)
      this.#log.info({ lb_id: message.lb_id }, 'removed')
    }
  }

  #apply(config: DesiredConfig, appliedAt = new Date()): boolean {
    const { lb_id, generation } = config
    const applied = this.node.apply(config, appliedAt)
    if (applied) this.#log.info({ lb_id, generation }, 'applied')
    else this.#log.warn({ lb_id, generation }, 'refused: a newer generation runs')
    return applied
  }
}

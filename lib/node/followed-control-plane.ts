import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from 'pino'
import { detach, faultMessage } from '#lib/process/faults.ts'
import type { DesiredDraft } from '#lib/protocol/desired-config.ts'
import type { ConfigMessage, FollowRequest } from '#lib/protocol/stream.ts'
import { type CheckReport, checkPath } from '#lib/protocol/stream.ts'
import type { Change } from './change-queue.ts'
import { type ConfigFollower, ConfigStream, type WorkerNumber } from './config-stream.ts'
import type { MessageOrder, Source } from './message-order.ts'
import { postJson } from './post-json.ts'
import { type Rejection, Reporter, type ReportSources } from './reporter.ts'
import type { ControlPlaneAccess } from './transport/control-plane.ts'

/** Delay before following the control plane again after a fault. Milliseconds. */
const FOLLOW_AGAIN_MS = 1000

/** What carries out the messages of all control planes. */
export interface ChangeReceiver {
  /** The configurations that it has. */
  known(): FollowRequest['known']
  /** The load balancers with changes that are not carried out yet. */
  pending(): Iterable<string>
  push(change: Change): void
  reject(lbId: string, rejection: Rejection): void
  checkDraft(draft: DesiredDraft): Promise<CheckReport>
}

type Parts = {
  worker: WorkerNumber
  receiver: ChangeReceiver
  /** Shared by all control planes. */
  order: MessageOrder
  reports: ReportSources
  log: Logger
}

/** One of the control planes that a node follows: its stream of changes, and the reports to it. */
export class FollowedControlPlane implements ConfigFollower {
  readonly reporter: Reporter
  readonly #access: ControlPlaneAccess
  readonly #receiver: ChangeReceiver
  readonly #order: MessageOrder
  readonly #log: Logger
  readonly #stream: ConfigStream
  #source: Source | null = null

  constructor(access: ControlPlaneAccess, { worker, receiver, order, reports, log }: Parts) {
    this.#access = access
    this.#receiver = receiver
    this.#order = order
    this.#log = log
    this.reporter = new Reporter(access, reports)
    this.#stream = new ConfigStream(access, worker, this, log)
  }

  /** Follows until `stop`. */
  follow(afterMs = 0): void {
    const follow = async () => {
      if (afterMs > 0) await delay(afterMs)
      await this.#stream.run()
    }
    detach('configuration stream', follow, () => this.follow(FOLLOW_AGAIN_MS))
  }

  stop(): void {
    this.#stream.stop()
    this.reporter.stop()
    this.#closeSource()
  }

  known(): FollowRequest['known'] {
    this.#closeSource()
    this.#source = this.#order.open(this.#receiver.pending())
    return this.#receiver.known()
  }

  onConnected(): void {
    this.reporter.connected()
  }

  onMessage(message: ConfigMessage): void {
    if (message.type === 'check') {
      detach('draft check', () => this.#check(message.id, message.draft))
    } else if (message.type === 'apply' || message.type === 'remove') this.#onChange(message)
  }

  onUnreadable(lbId: string, generation: number, fault: unknown): void {
    this.#receiver.reject(lbId, { generation, reason: faultMessage(fault) })
  }

  #onChange(change: Change): void {
    // Lines of a stream that was stopped may still be read.
    if (!this.#source) return
    if (this.#order.admits(this.#source, change)) this.#receiver.push(change)
  }

  #closeSource(): void {
    if (this.#source) this.#order.close(this.#source)
    this.#source = null
  }

  /** Only the control plane that asked gets the outcome. */
  async #check(id: string, draft: DesiredDraft): Promise<void> {
    const report = await this.#receiver.checkDraft(draft)
    try {
      await postJson(this.#access, checkPath(id), report)
    } catch (error) {
      // The control plane reports that this node did not answer.
      this.#log.warn({ err: error }, "the outcome of a draft check couldn't be delivered")
    }
  }
}

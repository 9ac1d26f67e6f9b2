import { randomUUID } from 'node:crypto'
import type { Logger } from 'pino'
import type { Failover, SwitchoverResult } from '#lib/core/failover.ts'
import type { Cluster, Region } from '#lib/core/locality.ts'
import { contain } from '#lib/process/faults.ts'
import type { NodeName } from '#lib/protocol/node-name.ts'
import type {
  ControlPlaneToSupervisor,
  SupervisorToControlPlane,
} from '#lib/protocol/supervision.ts'
import { unavailable } from '../errors.ts'
import { type RecordingParts, recordFailovers, type SwitchoverOrigin } from './failover-history.ts'

/** Longer than the supervisor's own timeouts. */
const REPLY_TIMEOUT_MS = 10_000

/** An order to the supervisor. */
export type Order =
  | { type: 'switch_over'; lb_id: string; to?: Cluster }
  | { type: 'drain_node'; node: NodeName }
  | { type: 'rebalance'; region: Region }

type FailoverMessage = Extract<SupervisorToControlPlane, { type: 'failed_over' | 'moved' }>
type PendingOrder = { requested: SwitchoverOrigin; settle: (result: SwitchoverResult) => void }
type Parts = RecordingParts & { log: Logger }

/** Orders switchovers from the supervisor, and records them and unrequested failovers. */
export class Switchovers {
  readonly #send: (message: ControlPlaneToSupervisor) => void
  readonly #parts: Parts
  readonly #replyTimeoutMs: number
  /** Orders without a reply, by id. */
  readonly #pending = new Map<string, PendingOrder>()

  constructor(
    send: (message: ControlPlaneToSupervisor) => void,
    parts: Parts,
    replyTimeoutMs = REPLY_TIMEOUT_MS,
  ) {
    this.#send = send
    this.#parts = parts
    this.#replyTimeoutMs = replyTimeoutMs
  }

  /** Resolves when the supervisor has carried the order out. @throws ApiError 503 if it does not reply */
  async order(
    order: Order,
    { actor, origin }: Pick<SwitchoverOrigin, 'actor' | 'origin'>,
  ): Promise<SwitchoverResult> {
    const id = randomUUID()
    const { promise, resolve, reject } = Promise.withResolvers<SwitchoverResult>()
    const requested = { actor, origin, verb: order.type }
    // Kept until a reply, even a late one, so that the history records who requested it.
    this.#pending.set(id, { requested, settle: resolve })
    const onTimeout = contain(
      'supervisor message',
      () =>
        reject(
          unavailable(
            'The supervisor did not reply, so the result is unknown. Check the list of failovers.',
          ),
        ),
      reject,
    )
    const timer = setTimeout(onTimeout, this.#replyTimeoutMs)
    this.#send({ ...order, id })
    try {
      return await promise
    } finally {
      clearTimeout(timer)
    }
  }

  /** Handles a message from the supervisor. Resolves when its failovers are recorded. */
  async receive(message: FailoverMessage): Promise<void> {
    if (message.type === 'failed_over') {
      await this.#record(message.failovers, null)
      return
    }
    const { id, failovers, problem } = message
    const pending = this.#pending.get(id)
    this.#pending.delete(id)
    await this.#record(failovers, pending?.requested ?? null)
    pending?.settle({ failovers, problem })
  }

  /** The traffic has moved already, so a failed write is only logged. */
  async #record(failovers: Failover[], requested: SwitchoverOrigin | null): Promise<void> {
    const { fleet, log } = this.#parts
    for (const failover of failovers) log.info(failover, 'failed over')
    if (failovers.length === 0) return
    try {
      const lbIds = await recordFailovers(this.#parts, failovers, requested)
      for (const lbId of lbIds) fleet.notifyChanged(lbId)
    } catch (err) {
      log.error({ err }, 'failovers could not be recorded')
    }
  }
}

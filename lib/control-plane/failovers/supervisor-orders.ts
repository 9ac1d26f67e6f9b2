import { randomUUID } from 'node:crypto'
import type { SwitchoverResult } from '#lib/core/failover.ts'
import type { Cluster, Region } from '#lib/core/locality.ts'
import { contain } from '#lib/process/faults.ts'
import type { NodeName } from '#lib/protocol/node-name.ts'
import type {
  ControlPlaneToSupervisor,
  SupervisorToControlPlane,
} from '#lib/protocol/supervision.ts'
import type { Authority } from '../authority/authority.ts'
import { unavailable } from '../errors.ts'
import type { SwitchoverOrigin } from './failover-history.ts'

/** Longer than the supervisor's own timeouts. */
const REPLY_TIMEOUT_MS = 10_000

/** An order to the supervisor. */
export type Order =
  | { type: 'switch_over'; lb_id: string; to?: Cluster }
  | { type: 'drain_node'; node: NodeName }
  | { type: 'rebalance'; region: Region }

/** The answer to an order. */
export type Moved = Extract<SupervisorToControlPlane, { type: 'moved' }>

type PendingOrder = { requested: SwitchoverOrigin; settle: (result: SwitchoverResult) => void }

/** Switchovers between the nodes of the control plane's own machine, which the supervisor carries out. */
export class SupervisorOrders {
  readonly #send: (message: ControlPlaneToSupervisor) => void
  readonly #replyTimeoutMs: number
  /** Orders without a reply, by id. */
  readonly #pending = new Map<string, PendingOrder>()

  constructor(
    send: (message: ControlPlaneToSupervisor) => void,
    replyTimeoutMs = REPLY_TIMEOUT_MS,
  ) {
    this.#send = send
    this.#replyTimeoutMs = replyTimeoutMs
  }

  /** Resolves when the supervisor has carried the order out. @throws ApiError 503 if it does not reply; TermEnded */
  async order(
    order: Order,
    requested: SwitchoverOrigin,
    authority: Authority,
  ): Promise<SwitchoverResult> {
    authority.requireCertain()
    const id = randomUUID()
    const { promise, resolve, reject } = Promise.withResolvers<SwitchoverResult>()
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

  /** The supervisor has replied. @param record called with who requested it; null if that is not known */
  async receive(
    { id, failovers, problem }: Moved,
    record: (requested: SwitchoverOrigin | null) => Promise<void>,
  ): Promise<void> {
    const pending = this.#pending.get(id)
    this.#pending.delete(id)
    await record(pending?.requested ?? null)
    pending?.settle({ failovers, problem })
  }
}

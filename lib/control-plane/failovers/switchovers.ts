import { randomUUID } from 'node:crypto'
import type { Logger } from 'pino'
import type { Failover, MovedLbs } from '#lib/core/failover.ts'
import type { Cluster, Region } from '#lib/core/locality.ts'
import { contain } from '#lib/process/faults.ts'
import type { NodeName } from '#lib/protocol/stream.ts'
import type {
  ControlPlaneToSupervisor,
  SupervisorToControlPlane,
} from '#lib/protocol/supervision.ts'
import { unavailable } from '../errors.ts'
import type { Fleet } from '../nodes/observed/fleet.ts'
import type { Store } from '../store/store.ts'
import { keepFailovers } from './failover-history.ts'

/** How long the supervisor may take; it gives up before that itself. Milliseconds. */
const PATIENCE_MS = 10_000

type FailoverMessage = Extract<SupervisorToControlPlane, { type: 'failed_over' | 'moved' }>

/** What is to be moved. */
export type Order =
  | { type: 'switch_over'; lb_id: string; to?: Cluster }
  | { type: 'drain_node'; node: NodeName }
  | { type: 'rebalance'; region: Region }

/** Asks the supervisor to move traffic between nodes, and writes down what moved, asked for or not. */
export class Switchovers {
  readonly #tell: (message: ControlPlaneToSupervisor) => void
  readonly #store: Store
  readonly #fleet: Fleet
  readonly #log: Logger
  readonly #waiting = new Map<string, (moved: MovedLbs) => void>()

  constructor(
    tell: (message: ControlPlaneToSupervisor) => void,
    { store, fleet, log }: { store: Store; fleet: Fleet; log: Logger },
  ) {
    this.#tell = tell
    this.#store = store
    this.#fleet = fleet
    this.#log = log
  }

  /** Resolves when it is done. @throws ApiError 503 where the supervisor does not answer */
  async order(order: Order): Promise<MovedLbs> {
    const id = randomUUID()
    const { promise, resolve, reject } = Promise.withResolvers<MovedLbs>()
    this.#waiting.set(id, resolve)
    const onLate = contain(
      'supervisor message',
      () =>
        reject(unavailable('Whether that was done is not known: the supervisor does not answer.')),
      reject,
    )
    const timer = setTimeout(onLate, PATIENCE_MS)
    this.#tell({ ...order, id })
    try {
      return await promise
    } finally {
      clearTimeout(timer)
      this.#waiting.delete(id)
    }
  }

  /** A report of the supervisor. Resolves when it is recorded. */
  async receive(message: FailoverMessage): Promise<void> {
    await this.#keep(message.failovers)
    if (message.type === 'moved') {
      const { failovers, problem } = message
      this.#waiting.get(message.id)?.({ failovers, problem })
    }
  }

  /** Traffic has moved, whether or not that can be written down. */
  async #keep(failovers: Failover[]): Promise<void> {
    for (const failover of failovers) this.#log.info(failover, 'failed over')
    try {
      const lbIds = await keepFailovers(this.#store, failovers)
      for (const lbId of lbIds) this.#fleet.notifyChanged(lbId)
    } catch (err) {
      this.#log.error({ err }, "failovers couldn't be written down")
    }
  }
}

import type { BoundSocket } from '#lib/process/bind-socket.ts'
import { forEachContained } from '#lib/process/faults.ts'
import type { Activation, SupervisorToNode } from '#lib/protocol/supervision.ts'
import type { NodeWorker } from './address-ownership.ts'
import type { CarriedLb, CarriedLbs } from './carried-lbs.ts'

/** What the workers of this host are told: to be active for the load balancers that it owns, to stand by for the others. */
export class NodeOrders {
  readonly #lbs: CarriedLbs
  /** Each worker as the ownership within this host knows it. */
  readonly #filtered = new Map<NodeWorker, NodeWorker>()

  constructor(lbs: CarriedLbs) {
    this.#lbs = lbs
  }

  /** Sends each worker of these load balancers its orders. */
  send(lbs: readonly CarriedLb[]): void {
    const workers = new Set(lbs.flatMap((lb) => [...lb.workers]))
    forEachContained('takeover', workers, (worker) => {
      const ids = lbs.filter((lb) => lb.workers.has(worker)).map(({ lbId }) => lbId)
      this.#sendTo(worker, ids)
    })
  }

  /** The worker for the ownership within this host, which would make it active for everything. */
  filtered(worker: NodeWorker): NodeWorker {
    const known = this.#filtered.get(worker)
    if (known) return known
    const send = (message: SupervisorToNode, socket?: BoundSocket) =>
      this.#filter(worker, message, socket)
    const filtered = { ...worker, send }
    this.#filtered.set(worker, filtered)
    return filtered
  }

  forget(worker: NodeWorker): void {
    this.#filtered.delete(worker)
  }

  #filter(worker: NodeWorker, message: SupervisorToNode, socket?: BoundSocket): void {
    if (message.type !== 'activate') {
      worker.send(message, socket)
      return
    }
    const isCarried = ({ lb_id }: Activation) => this.#lbs.get(lb_id) !== undefined
    const alone = message.lbs.filter((one) => !isCarried(one))
    if (alone.length > 0) worker.send({ type: 'activate', lbs: alone })
    const carried = message.lbs.filter(isCarried).map(({ lb_id }) => lb_id)
    this.#sendTo(worker, carried)
  }

  /** One message for all that the worker is active for, and one for the others. */
  #sendTo(worker: NodeWorker, lbIds: readonly string[]): void {
    const lbs: Activation[] = []
    const lb_ids: string[] = []
    for (const lbId of lbIds) {
      const owned = this.#lbs.get(lbId)?.owned
      if (owned) lbs.push({ lb_id: lbId, since: owned.since, failover_id: owned.failoverId })
      else lb_ids.push(lbId)
    }
    if (lbs.length > 0) worker.send({ type: 'activate', lbs })
    if (lb_ids.length > 0) worker.send({ type: 'stand_by', lb_ids })
  }
}

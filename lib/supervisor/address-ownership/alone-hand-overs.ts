import { randomUUID } from 'node:crypto'
import type { Failover } from '#lib/core/failover.ts'
import type { NodeName } from '#lib/protocol/node-name.ts'
import { type Carriage, LOCAL_PAIR_NUMBER } from '#lib/protocol/pair.ts'
import type { AddressOwnership, NodeWorker } from './address-ownership.ts'
import type { CarriedLbs, Takeover } from './carried-lbs.ts'
import type { CarrierLabels } from './carrier-labels.ts'
import { gatherFailovers } from './gather-failovers.ts'
import type { HandedOver, HandOverOrder } from './hand-overs.ts'
import type { HostNetwork } from './host-network.ts'

type Parts = {
  /** Decides which node of this host is active. */
  local: Pick<AddressOwnership, 'ownerOf'>
  lbs: CarriedLbs
  network: HostNetwork
  labels: CarrierLabels
  now: () => number
}

/** Whether a node's host has a load balancer alone: it is a local node of the control plane's machine. */
export function isAloneOn(node: NodeName | undefined, { pair }: Carriage): boolean {
  return pair.number === LOCAL_PAIR_NUMBER && [pair.a.node, pair.b.node].some((one) => one === node)
}

/** Hand-overs of load balancers that this host alone has, or is about to have. */
export class AloneHandOvers {
  readonly #parts: Parts
  /** Those that the active node has not confirmed yet. */
  readonly #takeovers = new Map<string, { takeover: Takeover; since: string }>()

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** Never rejects: what could not be done is the problem that it resolves to. */
  async carryOut(order: HandOverOrder): Promise<HandedOver> {
    try {
      return await this.#carryOut(order)
    } catch (error) {
      return { failovers: [], problem: (error as Error).message }
    }
  }

  /** @throws Error in words */
  async #carryOut({ side, peer, lbs }: HandOverOrder): Promise<HandedOver> {
    const ids = lbs.map(({ lb_id }) => lb_id)
    const { network, labels } = this.#parts
    const known = ids.filter((lbId) => this.#parts.lbs.addressOf(lbId) !== null)
    const ready = side === 'arriving' ? known.filter((lbId) => this.#owner(lbId) !== null) : known
    const missing = ids.length - ready.length
    const problem =
      side === 'arriving' && missing > 0 ? `${missing} load balancers are not on this host.` : null
    if (ready.length === 0) return { failovers: [], problem }
    labels.save(lbs.filter(({ lb_id }) => ready.includes(lb_id)))
    const addresses = ready.flatMap((lbId) => this.#parts.lbs.addressOf(lbId) ?? [])
    const began = this.#parts.now()
    await network.handOver({ side, peer, pair: null, carrier: 'a', addresses })
    const failovers = side === 'arriving' ? await this.#arrive(ready, began) : []
    if (side === 'relabel') for (const lbId of ready) this.#setAlone(lbId)
    return { failovers, problem }
  }

  /** A worker confirms that it accepts. */
  accepting({ cluster }: NodeWorker, lbId: string): void {
    const { takeover, since } = this.#takeovers.get(lbId) ?? {}
    if (!takeover || !since) return
    this.#takeovers.delete(lbId)
    const { id, reason, at, onEnd } = takeover
    const from = cluster === 'a' ? 'b' : 'a'
    const gap_ms = this.#parts.now() - at
    onEnd?.({ id, lb_id: lbId, at: since, from, to: cluster, reason, gap_ms })
  }

  /** Resolves when the active node accepts all of them, or after `SWITCHOVER_MS_MAX`. */
  async #arrive(lbIds: readonly string[], at: number): Promise<Failover[]> {
    const arriving = lbIds.filter((lbId) => this.#parts.lbs.get(lbId))
    if (arriving.length === 0) return []
    const failovers = await gatherFailovers(arriving.length, (onEnd) => {
      this.#begin(arriving, { reason: 'planned', isReturn: false, at, onEnd })
    })
    for (const lbId of arriving) this.#takeovers.delete(lbId)
    return failovers
  }

  /** Makes the active node accept for load balancers that only this host has from now on. */
  #begin(lbIds: readonly string[], takeover: Omit<Takeover, 'id'>): void {
    const since = new Date().toISOString()
    for (const lbId of lbIds) {
      const id = randomUUID()
      this.#takeovers.set(lbId, { takeover: { ...takeover, id }, since })
      const owner = this.#owner(lbId)
      const workers = [...(this.#parts.lbs.get(lbId)?.workers ?? [])]
      this.#setAlone(lbId)
      const activation = { lb_id: lbId, since, failover_id: id }
      for (const worker of workers.filter(({ node }) => node === owner)) {
        worker.send({ type: 'activate', lbs: [activation] })
      }
    }
  }

  #owner(lbId: string): NodeName | null {
    return this.#parts.local.ownerOf(lbId)
  }

  #setAlone(lbId: string): void {
    const address = this.#parts.lbs.addressOf(lbId)
    if (address !== null) this.#parts.lbs.setAlone(lbId, address)
  }
}

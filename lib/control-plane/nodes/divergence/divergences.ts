import type { Region } from '#lib/core/locality.ts'
import type { RegisteredNode } from '#lib/core/node.ts'

/** A configuration that nodes serve and that this database never had. */
export type DivergedConfig = {
  region: Region
  generation: number
  /** "" if it was saved before revisions existed. */
  revision: string
  changed_at: string
  address: string | null
}

/** Why nodes are not sent a load balancer: they have a foreign revision of it, or its IP serves another load balancer. */
export type DivergenceReason =
  | { type: 'foreign_revision'; config: DivergedConfig }
  | { type: 'address_in_use'; address: string; by: string }

/** A worker of a node that has `workers` of them. */
export type Worker = { node: RegisteredNode; worker: number; workers: number }

/** Configurations by load balancer. */
type Configs = Map<string, DivergedConfig>

/**
 * The load balancers that have diverged: nodes serve a revision that this database never had, because it is an older copy or
 * another one. In memory, as nodes say what they have whenever they connect. What a disconnected worker had stays, because
 * it returns with that.
 */
export class Divergences {
  /** By node id and worker. */
  readonly #byNode = new Map<string, Map<number, Configs>>()
  #newest: Configs = new Map()
  #byAddress = new Map<string, string>()
  #count = 0

  /** Incremented with every change of what has diverged. */
  get count(): number {
    return this.#count
  }

  /** Replaces what has diverged on a worker. @returns the load balancers that this concerns */
  replace({ node, worker, workers }: Worker, configs: Configs): string[] {
    const byWorker = this.#byNode.get(node.id) ?? new Map<number, Configs>()
    const ids = new Set([...(byWorker.get(worker)?.keys() ?? []), ...configs.keys()])
    // The node may have had more workers before it was restarted.
    for (const other of byWorker.keys()) if (other > workers) byWorker.delete(other)
    this.#byNode.set(node.id, byWorker.set(worker, configs))
    this.#index()
    return [...ids]
  }

  /** A node was removed for good. @returns the load balancers that had diverged on it */
  forgetNode(nodeId: string): string[] {
    const byWorker = this.#byNode.get(nodeId)
    this.#byNode.delete(nodeId)
    this.#index()
    return [...(byWorker?.values() ?? [])].flatMap((configs) => [...configs.keys()])
  }

  /** The operator has decided on these load balancers. */
  resolve(lbIds: string[]): void {
    for (const configs of this.#all()) {
      for (const id of lbIds) configs.delete(id)
    }
    this.#index()
  }

  /** The newest diverged configuration of each load balancer. */
  all(): ReadonlyMap<string, DivergedConfig> {
    return this.#newest
  }

  /** Every diverged revision of a load balancer that a node has. */
  revisionsOf(lbId: string): string[] {
    const all = this.#all().flatMap((configs) => configs.get(lbId) ?? [])
    return [...new Set(all.map(({ revision }) => revision))]
  }

  /** The addresses of all diverged configurations. */
  addresses(): string[] {
    return [...this.#byAddress.keys()]
  }

  /** Null if nodes are sent the load balancer. */
  reasonFor(lbId: string, address: string | null): DivergenceReason | null {
    const config = this.#newest.get(lbId)
    if (config) return { type: 'foreign_revision', config }
    const by = address === null ? undefined : this.#byAddress.get(address)
    return address !== null && by !== undefined ? { type: 'address_in_use', address, by } : null
  }

  #all(): Configs[] {
    return [...this.#byNode.values()].flatMap((byWorker) => [...byWorker.values()])
  }

  #index(): void {
    this.#count += 1
    this.#newest = new Map()
    this.#byAddress = new Map()
    for (const configs of this.#all()) {
      for (const [id, config] of configs) {
        const generation = this.#newest.get(id)?.generation ?? 0
        if (config.generation >= generation) this.#newest.set(id, config)
        if (config.address !== null) this.#byAddress.set(config.address, id)
      }
    }
  }
}

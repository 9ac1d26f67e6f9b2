import type { Region } from '#lib/core/locality.ts'
import { type NodeName, type WorkerName, workerName } from '#lib/protocol/stream.ts'

/** What a node serves of a load balancer, and this database has never had. */
export type DivergedConfig = {
  region: Region
  generation: number
  /** "" in what was kept before revisions were. */
  revision: string
  changed_at: string
  address: string | null
}

/** Why nodes are not sent what the database has: they have another one, or another one's traffic is at its IP. */
export type DivergenceReason =
  | { type: 'foreign_revision'; config: DivergedConfig }
  | { type: 'address_in_use'; address: string; by: string }

type Worker = { node: NodeName; worker: number; workers: number }

/**
 * The load balancers that nodes have in a state that the database has never been in: it is an older copy, or another
 * one. Nodes say what they have whenever they connect, so this is in memory. What a process that is gone had stays:
 * it comes back with that.
 */
export class Divergences {
  readonly #byWorker = new Map<WorkerName, Map<string, DivergedConfig>>()
  #newest = new Map<string, DivergedConfig>()
  #byAddress = new Map<string, string>()
  #count = 0

  /** Grows whenever something is divergences, or no more. */
  get count(): number {
    return this.#count
  }

  /** What a process has that is to be divergences, in the place of what it had. @returns the load balancers concerned */
  replace({ node, worker, workers }: Worker, configs: Map<string, DivergedConfig>): string[] {
    const name = workerName(node, worker)
    const ids = new Set([...(this.#byWorker.get(name)?.keys() ?? []), ...configs.keys()])
    for (const other of this.#byWorker.keys()) {
      const [otherNode, number = 1] = other.split('/')
      if (otherNode === node && Number(number) > workers) this.#byWorker.delete(other)
    }
    this.#byWorker.set(name, configs)
    this.#index()
    return [...ids]
  }

  /** They are decided on. */
  release(lbIds: string[]): void {
    for (const configs of this.#byWorker.values()) {
      for (const id of lbIds) configs.delete(id)
    }
    this.#index()
  }

  /** The newest of all that nodes have, by load balancer. */
  all(): ReadonlyMap<string, DivergedConfig> {
    return this.#newest
  }

  /** Every revision of a load balancer that nodes have and the database never had. */
  revisionsOf(lbId: string): string[] {
    const all = [...this.#byWorker.values()].flatMap((configs) => configs.get(lbId) ?? [])
    return [...new Set(all.map(({ revision }) => revision))]
  }

  /** The addresses that nodes serve for what is divergences. */
  addresses(): string[] {
    return [...this.#byAddress.keys()]
  }

  reasonFor(lbId: string, address: string | null): DivergenceReason | null {
    const config = this.#newest.get(lbId)
    if (config) return { type: 'foreign_revision', config }
    const by = address === null ? undefined : this.#byAddress.get(address)
    return address !== null && by !== undefined ? { type: 'address_in_use', address, by } : null
  }

  #index(): void {
    this.#count += 1
    this.#newest = new Map()
    this.#byAddress = new Map()
    for (const configs of this.#byWorker.values()) {
      for (const [id, config] of configs) {
        const generation = this.#newest.get(id)?.generation ?? 0
        if (config.generation >= generation) this.#newest.set(id, config)
        if (config.address !== null) this.#byAddress.set(config.address, id)
      }
    }
  }
}

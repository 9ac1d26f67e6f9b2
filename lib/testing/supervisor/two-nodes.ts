import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Failover } from '#lib/core/failover.ts'
import { CLUSTERS, type Cluster } from '#lib/core/locality.ts'
import type { AddressOwnership } from '#lib/supervisor/address-ownership/address-ownership.ts'
import { CarrierLabels } from '#lib/supervisor/address-ownership/carrier-labels.ts'
import { InProcessOwnership } from '#lib/supervisor/address-ownership/in-process-ownership.ts'
import { VrrpOwnership } from '#lib/supervisor/address-ownership/vrrp-ownership.ts'
import { type RecordedWorker, recordedWorker } from './recorded-worker.ts'
import { SimulatedHosts } from './simulated-network.ts'

/** Who decides for the nodes of the two clusters: one supervisor, or one on each of two hosts. */
type Deciders = { name: string; start: () => Record<Cluster, AddressOwnership> }

const PAIR = {
  number: 1,
  a: { node: 'fr-par-a', address: '10.0.0.1' },
  b: { node: 'fr-par-b', address: '10.0.0.2' },
}

export const DECIDERS: Deciders[] = [
  {
    name: 'one supervisor',
    start: () => {
      const ownership = new InProcessOwnership()
      return { a: ownership, b: ownership }
    },
  },
  {
    name: 'two hosts with VRRP',
    start: () => {
      const hosts = new SimulatedHosts()
      const on = (cluster: Cluster) =>
        new VrrpOwnership({
          local: new InProcessOwnership(),
          network: hosts.of(cluster),
          // Only switchovers write labels, so this file never exists.
          labels: new CarrierLabels(join(tmpdir(), `fairlead-labels-${process.pid}-${cluster}`)),
        })
      return { a: on('a'), b: on('b') }
    },
  },
]

/** A load balancer's two nodes, whoever decides which of them is active. */
export class TwoNodes {
  readonly takeovers: Failover[] = []
  readonly #deciders: Record<Cluster, AddressOwnership>
  readonly #workers: Record<Cluster, RecordedWorker | null> = { a: null, b: null }

  constructor({ start }: Deciders) {
    this.#deciders = start()
    for (const one of new Set(Object.values(this.#deciders))) {
      one.onTakeover = (takeover) => this.takeovers.push(takeover)
    }
  }

  isRunning(cluster: Cluster): boolean {
    return this.#workers[cluster] !== null
  }

  /** The node starts and claims the load balancer. */
  run(cluster: Cluster): void {
    if (this.isRunning(cluster)) return
    const worker = recordedWorker(`fr-par-${cluster}`)
    this.#workers[cluster] = worker
    const carriage = { pair: PAIR, carrier: 'a' as const, epoch: 0 }
    const claim = { lb_id: 'lb-1', address: '10.9.0.1', ports: [], master: 'a' as const, carriage }
    this.#deciders[cluster].claim(worker, claim)
    this.#deciders[cluster].ready(worker)
  }

  end(cluster: Cluster): void {
    const worker = this.#workers[cluster]
    this.#workers[cluster] = null
    if (worker) this.#deciders[cluster].ended(worker)
  }

  /** The clusters whose nodes were last told to be active; they confirm it. */
  active(): Cluster[] {
    return CLUSTERS.filter((cluster) => {
      const worker = this.#workers[cluster]
      const isActive = worker?.isActive() ?? false
      if (worker && isActive) this.#deciders[cluster].accepting(worker, 'lb-1')
      return isActive
    })
  }

  close(): void {
    for (const one of new Set(Object.values(this.#deciders))) one.close()
  }
}

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { Failover } from '#lib/core/failover.ts'
import type { Cluster } from '#lib/core/locality.ts'
import type { Carriage } from '#lib/protocol/pair.ts'
import { CarrierLabels } from '#lib/supervisor/address-ownership/carrier-labels.ts'
import { InProcessOwnership } from '#lib/supervisor/address-ownership/in-process-ownership.ts'
import { VrrpOwnership } from '#lib/supervisor/address-ownership/vrrp-ownership.ts'
import { type RecordedWorker, recordedWorker } from './recorded-worker.ts'
import { SimulatedHosts } from './simulated-network.ts'

export const PAIR = {
  number: 3,
  a: { node: 'fr-par-a', address: '10.0.0.1' },
  b: { node: 'fr-par-b', address: '10.0.0.2' },
}
export const LB = 'lb-1'
/** A claim on `PAIR`. No port: sockets are the business of the ownership within a host. */
export const claim = (
  carriage: Partial<Carriage> | null = {},
  lb_id = LB,
  address = '10.9.0.1',
) => ({
  lb_id,
  address,
  ports: [],
  master: 'a' as const,
  carriage: carriage && { pair: PAIR, carrier: 'a' as const, epoch: 0, ...carriage },
})

/** Two hosts with simulated VRRP between them. Within a test only. */
export function vrrpHosts(): {
  hosts: SimulatedHosts
  a: VrrpHost
  b: VrrpHost
  directory: string
} {
  const directory = mkdtempSync(join(tmpdir(), 'fairlead-vrrp-'))
  const hosts = new SimulatedHosts()
  const [a, b] = [new VrrpHost('a', hosts, directory), new VrrpHost('b', hosts, directory)]
  onTestFinished(() => {
    for (const { ownership } of [a, b]) ownership.close()
    rmSync(directory, { recursive: true })
  })
  return { hosts, a, b, directory }
}

/** A host with its supervisor's ownership and one worker. */
export class VrrpHost {
  readonly ownership: VrrpOwnership
  readonly takeovers: Failover[] = []
  worker: RecordedWorker
  now = 1000

  constructor(cluster: Cluster, hosts: SimulatedHosts, directory: string) {
    this.ownership = new VrrpOwnership({
      local: new InProcessOwnership({ now: () => this.now }),
      network: hosts.of(cluster),
      labels: new CarrierLabels(join(directory, `${cluster}.json`)),
      now: () => this.now,
    })
    this.ownership.onTakeover = (takeover) => this.takeovers.push(takeover)
    this.worker = recordedWorker(`fr-par-${cluster}`)
  }

  /** The node claims, and is ready. */
  start(...claims: ReturnType<typeof claim>[]): void {
    for (const one of claims) this.ownership.claim(this.worker, one)
    this.ownership.ready(this.worker)
  }

  /** The last order for a load balancer. */
  order(lbId = LB): 'activate' | 'stand_by' | null {
    const orders = this.worker.sent.flatMap((message) => {
      if (message.type === 'activate') {
        return message.lbs.some(({ lb_id }) => lb_id === lbId) ? [message.type] : []
      }
      return message.type === 'stand_by' && message.lb_ids.includes(lbId) ? [message.type] : []
    })
    return orders.at(-1) ?? null
  }
}

/** An order that puts `LB` on a carrier. */
export const handOver = (
  side: 'arriving' | 'leaving' | 'relabel',
  carrier: Cluster,
  epoch = 1,
) => ({
  type: 'hand_over' as const,
  id: 'order-1',
  side,
  peer: '10.0.0.1',
  lbs: [{ lb_id: LB, carriage: { pair: PAIR, carrier, epoch } }],
})

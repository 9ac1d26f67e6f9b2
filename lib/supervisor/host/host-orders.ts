import type { HostOrder, HostReport } from '#lib/protocol/host-link.ts'
import type { NodeName } from '#lib/protocol/node-name.ts'
import type { CarrierId } from '../address-ownership/host-network.ts'
import type { VrrpOwnership } from '../address-ownership/vrrp-ownership.ts'

type Ownership = Pick<
  VrrpOwnership,
  'setPairs' | 'handOver' | 'yieldCarrier' | 'reclaimCarrier' | 'standDown'
>

/** Carries out what the control plane orders this host. @param node of this host, that the order is for. @returns the answer; null if the order has none */
export async function carryOutHostOrder(
  ownership: Ownership,
  node: NodeName,
  order: HostOrder,
): Promise<HostReport | null> {
  switch (order.type) {
    case 'pairs':
      ownership.setPairs(node, order.pairs)
      return null
    case 'hand_over':
      return { type: 'handed_over', id: order.id, ...(await ownership.handOver(order, node)) }
    case 'yield_carrier':
      return {
        type: 'carrier_yielded',
        id: order.id,
        problem: await problemOf(ownership.yieldCarrier(carrierOf(order))),
      }
    case 'reclaim_carrier':
      return {
        type: 'carrier_reclaimed',
        id: order.id,
        problem: await problemOf(ownership.reclaimCarrier(carrierOf(order))),
      }
    case 'stand_down':
      ownership.standDown(carrierOf(order), order.for_ms)
      return null
    default:
      return null
  }
}

const carrierOf = ({ pair, carrier }: CarrierId): CarrierId => ({ pair, carrier })

async function problemOf(work: Promise<void>): Promise<string | null> {
  try {
    await work
    return null
  } catch (error) {
    return (error as Error).message
  }
}

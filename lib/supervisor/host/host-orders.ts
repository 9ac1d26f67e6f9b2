import type { HostOrder, HostReport } from '#lib/protocol/host-link.ts'
import type { NodeName } from '#lib/protocol/node-name.ts'
import type { VrrpOwnership } from '../address-ownership/vrrp-ownership.ts'

type Ownership = Pick<VrrpOwnership, 'setPairs' | 'handOver' | 'yieldCarrier' | 'standDown'>

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
        problem: await yieldProblem(ownership, order),
      }
    case 'stand_down':
      ownership.standDown({ pair: order.pair, carrier: order.carrier }, order.for_ms)
      return null
    default:
      return null
  }
}

async function yieldProblem(
  ownership: Ownership,
  { pair, carrier }: Extract<HostOrder, { type: 'yield_carrier' }>,
): Promise<string | null> {
  try {
    await ownership.yieldCarrier({ pair, carrier })
    return null
  } catch (error) {
    return (error as Error).message
  }
}

import type {
  ControlPlaneToSupervisor,
  SupervisorToControlPlane,
} from '#lib/protocol/supervision.ts'
import type { AddressOwnership, SwitchoverResult } from './address-ownership/address-ownership.ts'

/** An order of the control plane to change owners, on behalf of a person. */
export type SwitchoverOrder = Extract<
  ControlPlaneToSupervisor,
  { type: 'switch_over' | 'drain_node' | 'rebalance' }
>

const ORDER_TYPES = ['switch_over', 'drain_node', 'rebalance']

export function isSwitchoverOrder(message: ControlPlaneToSupervisor): message is SwitchoverOrder {
  return ORDER_TYPES.includes(message.type)
}

/** Executes an order. @returns the answer, with a problem if load balancers keep their owner */
export async function executeOrder(
  ownership: AddressOwnership,
  order: SwitchoverOrder,
): Promise<Extract<SupervisorToControlPlane, { type: 'moved' }>> {
  const results = await resultsOf(ownership, order)
  const failovers = results.flatMap((result) => ('failover' in result ? result.failover : []))
  const problems = results.flatMap((result) => ('problem' in result ? result.problem : []))
  const problem = problemText(problems, results.length)
  return { type: 'moved', id: order.id, failovers, problem }
}

async function resultsOf(
  ownership: AddressOwnership,
  order: SwitchoverOrder,
): Promise<SwitchoverResult[]> {
  if (order.type === 'drain_node') return ownership.drain(order.node)
  if (order.type === 'rebalance') return ownership.rebalance(order.region)
  return [await ownership.switchOver(order.lb_id, order.to)]
}

function problemText(problems: string[], count: number): string | null {
  const [first] = problems
  if (!first) return null
  if (count === 1) return first
  return `${problems.length} of ${count} load balancers stay where they are. ${[...new Set(problems)].join(' ')}`
}

import type { Failover } from '#lib/core/failover.ts'
import type { Cluster } from '#lib/core/locality.ts'
import type { NodeName } from '#lib/protocol/stream.ts'
import type {
  ControlPlaneToSupervisor,
  SupervisorToControlPlane,
} from '#lib/protocol/supervision.ts'
import type { AddressRouter } from './address-ownership/address-router.ts'
import { localNode } from './local-nodes.ts'

/** What the control plane asks for on behalf of a person. */
export type Order = Extract<
  ControlPlaneToSupervisor,
  { type: 'switch_over' | 'drain_node' | 'rebalance' }
>
type Moved = Extract<SupervisorToControlPlane, { type: 'moved' }>
type Wish = { lbId: string; to?: Cluster }

/** An instance that does not let go within this time has other troubles, which the watch over the nodes sees to. */
const PATIENCE_MS = 5000

export function isOrder(message: ControlPlaneToSupervisor): message is Order {
  return ['switch_over', 'drain_node', 'rebalance'].includes(message.type)
}

/** Carries an order out; what could not be moved stays where it is and is said. */
export async function carryOut(router: AddressRouter, order: Order): Promise<Moved> {
  const results = await Promise.all(wishesOf(router, order).map((wish) => moveOne(router, wish)))
  const problems = results.filter((result) => typeof result === 'string')
  return {
    type: 'moved',
    id: order.id,
    failovers: results.filter((result) => typeof result !== 'string'),
    problem: wordsOf(problems, results.length),
  }
}

function wishesOf(router: AddressRouter, order: Order): Wish[] {
  if (order.type === 'switch_over') return [{ lbId: order.lb_id, to: order.to }]
  if (order.type === 'drain_node') return router.activeOn(order.node).map((lbId) => ({ lbId }))
  const inRegion = (node: NodeName) => localNode(node).region === order.region
  return router
    .awayFromMaster()
    .filter(({ active }) => inRegion(active))
    .map(({ lbId, master }) => ({ lbId, to: master }))
}

/** What came of it: the failover, or why there was none. */
async function moveOne(router: AddressRouter, { lbId, to }: Wish): Promise<Failover | string> {
  const { promise: late, resolve } = Promise.withResolvers<string>()
  const timer = setTimeout(resolve, PATIENCE_MS, 'The instance does not answer in time.')
  try {
    const outcome = await Promise.race([router.switchOver(lbId, to), late])
    if (typeof outcome === 'string' || outcome.from !== outcome.to) return outcome
    return `The other instance ended meanwhile, so the instance of cluster ${outcome.from} goes on.`
  } catch (error) {
    return (error as Error).message
  } finally {
    clearTimeout(timer)
  }
}

function wordsOf(problems: string[], wanted: number): string | null {
  const [first] = problems
  if (!first) return null
  if (wanted === 1) return first
  return `${problems.length} of ${wanted} load balancers stay where they are. ${[...new Set(problems)].join(' ')}`
}

import type { SwitchoverResult } from '#lib/core/failover.ts'
import { Region } from '#lib/core/locality.ts'
import { ApiError } from '../../errors.ts'
import { act } from '../act.ts'
import type { CallWith, Write } from '../call.ts'
import { unknownNode } from './remove-node.ts'

type Call = CallWith<'id', Write | 'switchovers' | 'registry'>

/** Drains a node for maintenance: switches its load balancers over to the region's other node. */
export async function drainNode({ ctx, id }: Call): Promise<SwitchoverResult> {
  const node = ctx.registry.find(id.toLowerCase())
  if (!node) throw unknownNode(id)
  const order = { type: 'drain_node', node: node.name } as const
  return act(ctx, () => ctx.switchovers.order(order, ctx))
}

/** Switches all load balancers of a region back to their masters. */
export async function rebalanceRegion({ ctx, id }: Call): Promise<SwitchoverResult> {
  const region = Region.safeParse(id.toLowerCase())
  if (!region.success) {
    throw new ApiError(404, { message: `There is no region ${id}.`, type: 'not_found' })
  }
  const order = { type: 'rebalance', region: region.data } as const
  return act(ctx, () => ctx.switchovers.order(order, ctx))
}

import type { SwitchoverResult } from '#lib/core/failover.ts'
import { Region } from '#lib/core/locality.ts'
import { ApiError } from '../../errors.ts'
import { act } from '../act.ts'
import type { CallWith, Write } from '../call.ts'

type Call = CallWith<'id', Write | 'switchovers' | 'registry'>

/** Switches all load balancers of a node over to the region's other node, so that it can be maintained. */
export async function drainNode({ ctx, id }: Call): Promise<SwitchoverResult> {
  const node = ctx.registry.find(id.toLowerCase())
  if (!node) throw unknown(`There is no node ${id}. GET /fairlead/v1/nodes lists them.`)
  const order = { type: 'drain_node', node: node.name } as const
  return act(ctx, () => ctx.switchovers.order(order, ctx))
}

/** Switches all load balancers of a region back to their masters. */
export async function rebalanceRegion({ ctx, id }: Call): Promise<SwitchoverResult> {
  const region = Region.safeParse(id.toLowerCase())
  if (!region.success) throw unknown(`There is no region ${id}.`)
  const order = { type: 'rebalance', region: region.data } as const
  return act(ctx, () => ctx.switchovers.order(order, ctx))
}

const unknown = (message: string) => new ApiError(404, { message, type: 'not_found' })

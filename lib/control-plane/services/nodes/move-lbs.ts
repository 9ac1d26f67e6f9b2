import type { MovedLbs } from '#lib/core/failover.ts'
import { Region } from '#lib/core/locality.ts'
import { ApiError } from '../../errors.ts'
import { act } from '../act.ts'
import type { CallWith, Write } from '../call.ts'
import { recordMoves } from './record-moves.ts'

type Call = CallWith<'id', Write | 'switchovers' | 'registry'>

/** Has the other node of a region accept all that this one accepts, so that it can be maintained. */
export async function drainNode({ ctx, id }: Call): Promise<MovedLbs> {
  const node = ctx.registry.find(id.toLowerCase())
  if (!node) throw unknown(`There is no node ${id}. GET /fairlead/v1/nodes lists them.`)
  const order = { type: 'drain_node', node: node.name } as const
  const moved = await act(ctx, () => ctx.switchovers.order(order))
  await recordMoves(ctx, 'drain_node', moved.failovers)
  return moved
}

/** Has every load balancer of a region accepted by its master again, so that both its nodes work. */
export async function rebalanceRegion({ ctx, id }: Call): Promise<MovedLbs> {
  const region = Region.safeParse(id.toLowerCase())
  if (!region.success) throw unknown(`There is no region ${id}.`)
  const order = { type: 'rebalance', region: region.data } as const
  const moved = await act(ctx, () => ctx.switchovers.order(order))
  await recordMoves(ctx, 'rebalance', moved.failovers)
  return moved
}

const unknown = (message: string) => new ApiError(404, { message, type: 'not_found' })

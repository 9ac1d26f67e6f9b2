import type { SwitchoverResult } from '#lib/core/failover.ts'
import { Region } from '#lib/core/locality.ts'
import type { RegisteredNode } from '#lib/core/node.ts'
import { ApiError } from '../../errors.ts'
import { act } from '../act.ts'
import type { CallWith, Write } from '../call.ts'
import { change } from '../change.ts'
import { unknownNode } from './remove-node.ts'

type Call = CallWith<'id', Write | 'switchovers' | 'registry'>
type NodeCall = CallWith<'id', Write | 'switchovers' | 'registry' | 'placements'>

/**
 * Switches all load balancers of a node over to others, so that it can be maintained. Nothing new is placed on a node with pairs until
 * it is returned to service.
 */
export async function drainNode({ ctx, id }: NodeCall): Promise<SwitchoverResult> {
  const node = ctx.registry.find(id.toLowerCase())
  if (!node) throw unknownNode(id)
  if (node.address !== null) await setDraining(ctx, node, true)
  const order = { type: 'drain_node', node: node.name } as const
  return act(ctx, (authority) => ctx.switchovers.order(order, ctx, authority))
}

/** Ends the drain of a node: load balancers can be placed on it again. */
export async function undrainNode({ ctx, id }: NodeCall): Promise<void> {
  const node = ctx.registry.find(id.toLowerCase())
  if (!node) throw unknownNode(id)
  await setDraining(ctx, node, false)
}

async function setDraining(
  ctx: NodeCall['ctx'],
  { id, name }: RegisteredNode,
  draining: boolean,
): Promise<void> {
  const { placements } = ctx
  await change(ctx, async (writer) => {
    const result = async () => undefined
    if (placements.isDraining(id) === draining) return { entries: [], result }
    await placements.writeDraining(writer, id, draining)
    const verb = draining ? 'drain' : 'undrain'
    const before = { name, draining: !draining }
    return { entries: [{ verb, type: 'node', id, before, after: { name, draining } }], result }
  })
  placements.noteDraining(id, draining)
}

/** Switches all load balancers of a region back to their masters. */
export async function rebalanceRegion({ ctx, id }: Call): Promise<SwitchoverResult> {
  const region = Region.safeParse(id.toLowerCase())
  if (!region.success) {
    throw new ApiError(404, { message: `There is no region ${id}.`, type: 'not_found' })
  }
  const order = { type: 'rebalance', region: region.data } as const
  return act(ctx, (authority) => ctx.switchovers.order(order, ctx, authority))
}

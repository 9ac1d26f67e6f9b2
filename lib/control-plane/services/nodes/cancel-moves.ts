import { CancelMoves, type PlacementMove, type RegionPlacement } from '#lib/core/placement.ts'
import { preconditionFailed } from '../../errors.ts'
import { act } from '../act.ts'
import type { CallWith, Write } from '../call.ts'
import { change } from '../change.ts'
import { parseInput } from '../parse-input.ts'
import { type PlacementNeeds, placementOf, regionNamed } from './region-placement.ts'

/**
 * Cancels moves that are being prepared: all of them, or those of the load balancers that are named. They stay where they are.
 * @throws ApiError 412 if one that is named has moved already
 */
export async function cancelMoves({
  ctx,
  id,
  input,
}: CallWith<'id' | 'input', Write | PlacementNeeds | 'mover'>): Promise<RegionPlacement> {
  const region = regionNamed(id)
  const { lb_ids: lbIds } = parseInput(CancelMoves, input ?? {})
  const { moves } = await placementOf(ctx, region)
  const moved = moves.find(({ lb_id, phase }) => lbIds?.includes(lb_id) && hasMoved(phase))
  if (moved) throw preconditionFailed('resource_still_in_use', movedMessage(moved))
  const chosen = moves.filter(
    ({ lb_id, phase }) => phase === 'preparing' && (!lbIds || lbIds.includes(lb_id)),
  )
  const rows = await act(ctx, (authority) =>
    ctx.mover.cancel(
      chosen.map(({ lb_id }) => lb_id),
      authority,
    ),
  )
  const cancelled = new Set(rows.map(({ lb_id }) => lb_id))
  await change(ctx, async () => ({
    entries: chosen
      .filter(({ lb_id }) => cancelled.has(lb_id))
      .map(({ lb_id, lb_name: name, from_nodes, to_nodes }) => ({
        lbId: lb_id,
        verb: 'cancel_move',
        type: 'lb' as const,
        id: lb_id,
        before: { name, nodes: to_nodes },
        after: { name, nodes: from_nodes },
      })),
    result: async () => undefined,
  }))
  return placementOf(ctx, region)
}

const hasMoved = (phase: PlacementMove['phase']) =>
  phase === 'handing_over' || phase === 'releasing'

const movedMessage = ({ lb_name, to_nodes }: PlacementMove) =>
  `${lb_name} has moved to ${to_nodes.join(' and ')} already. Spread load balancers again to move it elsewhere.`

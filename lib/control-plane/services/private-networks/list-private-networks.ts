import { ListPrivateNetworks, type PrivateNetworkList } from '#lib/core/private-network.ts'
import { findLb } from '../../store/find.ts'
import { pageBounds } from '../../store/page.ts'
import { privateNetworkView } from '../../views/private-network-view.ts'
import type { CallWith } from '../call.ts'
import { parseInput } from '../parse-input.ts'
import { loadLbView } from '../versioned-views.ts'

/** A page of the private networks that a load balancer is attached to. */
export async function listPrivateNetworks({
  ctx,
  scope,
  id,
  query,
}: CallWith<'scope' | 'id' | 'query', 'store' | 'fleet'>): Promise<PrivateNetworkList> {
  const { reader } = ctx.store
  const { id: lbId } = await findLb(reader, scope, id)
  const filter = parseInput(ListPrivateNetworks, query)
  const direction = filter.order_by === 'created_at_asc' ? 'asc' : 'desc'
  const rows = await reader
    .selectFrom('private_networks')
    .selectAll()
    .where('lb_id', '=', lbId)
    .orderBy('created_at', direction)
    .orderBy('private_network_id')
    .execute()
  const { limit, offset } = pageBounds(filter)
  const lb = await loadLbView(ctx, reader, lbId)
  const page = rows.slice(offset, offset + limit)
  return {
    private_network: page.map((row) => privateNetworkView(row, lb)),
    total_count: rows.length,
  }
}

import { randomUUID } from 'node:crypto'
import {
  AttachPrivateNetwork,
  PRIVATE_NETWORKS_MAX,
  type PrivateNetwork,
} from '#lib/core/private-network.ts'
import { invalidField } from '../../errors.ts'
import { findLb } from '../../store/find.ts'
import type { PrivateNetworkRow } from '../../store/tables.ts'
import { newPrivateNetworkView } from '../../views/private-network-view.ts'
import type { CallWith, Write } from '../call.ts'
import { change } from '../change.ts'
import { parseInput } from '../parse-input.ts'
import { loadLbView } from '../versioned-views.ts'

/** Attaches a load balancer to a private network. The attachment is recorded and has no effect on traffic. */
export async function attachPrivateNetwork({
  ctx,
  scope,
  id,
  input,
}: CallWith<'scope' | 'id' | 'input', Write | 'fleet'>): Promise<PrivateNetwork> {
  await findLb(ctx.store.reader, scope, id)
  const { private_network_id, ipam_ids: requested } = parseInput(AttachPrivateNetwork, input)
  return change(ctx, async (writer, at) => {
    const lb = await findLb(writer, scope, id)
    const attached = await writer
      .selectFrom('private_networks')
      .select('private_network_id')
      .where('lb_id', '=', lb.id)
      .execute()
    requireRoom(
      attached.map((row) => row.private_network_id),
      private_network_id,
    )
    const row: PrivateNetworkRow = {
      lb_id: lb.id,
      private_network_id,
      ipam_ids: requested.length > 0 ? requested : [randomUUID()],
      created_at: at,
      updated_at: at,
    }
    await writer.insertInto('private_networks').values(row).execute()
    return {
      historyOf: lb.id,
      entries: [
        {
          verb: 'attach',
          type: 'private_network',
          id: private_network_id,
          before: null,
          after: row,
        },
      ],
      result: async () =>
        newPrivateNetworkView(row, requested, await loadLbView(ctx, writer, lb.id)),
    }
  })
}

function requireRoom(attached: string[], wanted: string): void {
  if (attached.includes(wanted)) {
    throw invalidField('private_network_id', 'The load balancer is attached to it already.')
  }
  if (attached.length < PRIVATE_NETWORKS_MAX) return
  const message = `A load balancer can be attached to at most ${PRIVATE_NETWORKS_MAX} private networks.`
  throw invalidField('private_network_id', message)
}

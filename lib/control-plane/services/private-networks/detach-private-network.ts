import { DetachPrivateNetwork } from '#lib/core/private-network.ts'
import { notFound } from '../../errors.ts'
import { findLb } from '../../store/find.ts'
import type { CallWith, Write } from '../call.ts'
import { change } from '../change.ts'
import { parseInput } from '../parse-input.ts'

/** Detaches a load balancer from a private network. @throws ApiError 404 if it isn't attached */
export async function detachPrivateNetwork({
  ctx,
  scope,
  id,
  input,
}: CallWith<'scope' | 'id' | 'input', Write>): Promise<void> {
  await findLb(ctx.store.reader, scope, id)
  const { private_network_id } = parseInput(DetachPrivateNetwork, input)
  await change(ctx, async (writer) => {
    const lb = await findLb(writer, scope, id)
    const [before] = await writer
      .deleteFrom('private_networks')
      .where('lb_id', '=', lb.id)
      .where('private_network_id', '=', private_network_id)
      .returningAll()
      .execute()
    if (!before) throw notFound('privateNetwork')
    return {
      historyOf: lb.id,
      entries: [
        { verb: 'detach', type: 'private_network', id: private_network_id, before, after: null },
      ],
      result: async () => undefined,
    }
  })
}

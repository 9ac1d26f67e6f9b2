import { type Subscriber, UpdateSubscriber } from '#lib/core/subscriber.ts'
import { findSubscriber } from '../../store/find.ts'
import { subscriberView } from '../../views/subscriber-view.ts'
import type { CallWith, Write } from '../call.ts'
import { change } from '../change.ts'
import { parseInput } from '../parse-input.ts'
import { requireMatch } from '../require-match.ts'
import { etagOf, type Versioned } from '../versioned-views.ts'
import { requireChannel } from './require-channel.ts'

/** Updates a subscriber's name and channel. Pending deliveries use the new channel. */
export async function updateSubscriber({
  ctx,
  scope,
  id,
  input,
  ifMatch,
}: CallWith<'scope' | 'id' | 'input' | 'ifMatch', Write | 'notifications' | 'egress'>): Promise<
  Versioned<Subscriber>
> {
  await findSubscriber(ctx.store.reader, scope, id)
  const { name, email_config, webhook_config } = parseInput(UpdateSubscriber, input)
  const channel = { email: email_config?.email ?? null, uri: webhook_config?.uri ?? null }
  requireChannel(ctx, channel)
  return change(ctx, async (writer, at) => {
    const before = await findSubscriber(writer, scope, id)
    await requireMatch(writer, ifMatch, etagOf(before), before.id)
    const isGiven = channel.email !== null || channel.uri !== null
    const columns = { name: name ?? before.name, ...(isGiven && channel), updated_at: at }
    await writer.updateTable('subscribers').set(columns).where('id', '=', before.id).execute()
    const after = { ...before, ...columns }
    return {
      entries: [{ verb: 'update', type: 'subscriber', id: before.id, before, after }],
      result: async () => ({ value: subscriberView(after), etag: etagOf(after) }),
    }
  })
}

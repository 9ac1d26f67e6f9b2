import type { SubscriberSecret } from '#lib/core/delivery.ts'
import { newSecret } from '../../notifications/signature.ts'
import { findSubscriberAnywhere } from '../../store/find.ts'
import type { CallWith, Write } from '../call.ts'
import { change } from '../change.ts'

/** Rotates the secret that signs a subscriber's webhooks. The new one is only in this result. */
export async function newSubscriberSecret({
  ctx,
  id,
}: CallWith<'id', Write>): Promise<SubscriberSecret> {
  return change(ctx, async (writer) => {
    const subscriber = await findSubscriberAnywhere(writer, id)
    const secret = newSecret()
    const column = { table: 'subscriber_secrets', id: subscriber.id } as const
    await writer
      .updateTable('subscriber_secrets')
      .set({ sealed_secret: ctx.store.secrets.seal(secret, column) })
      .where('subscriber_id', '=', subscriber.id)
      .execute()
    return {
      entries: [
        {
          verb: 'rotate_secret',
          type: 'subscriber',
          id: subscriber.id,
          before: subscriber,
          after: subscriber,
        },
      ],
      result: async () => ({ secret }),
    }
  })
}

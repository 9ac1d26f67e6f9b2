import type { SubscriberSecret } from '#lib/core/delivery.ts'
import { newSecret } from '../../notifications/signature.ts'
import { findSubscriberAnywhere } from '../../store/find.ts'
import type { CallWith, Write } from '../call.ts'
import { change } from '../change.ts'

/** Gives a subscriber a new secret, by which its webhook is signed from now on. It is in this answer and nowhere else. */
export async function newSubscriberSecret({
  ctx,
  id,
}: CallWith<'id', Write>): Promise<SubscriberSecret> {
  return change(ctx, async (writer) => {
    const subscriber = await findSubscriberAnywhere(writer, id)
    const secret = newSecret()
    const place = { table: 'subscriber_secrets', id: subscriber.id } as const
    await writer
      .updateTable('subscriber_secrets')
      .set({ sealed_secret: ctx.store.secrets.seal(secret, place) })
      .where('subscriber_id', '=', subscriber.id)
      .execute()
    return {
      lb: null,
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

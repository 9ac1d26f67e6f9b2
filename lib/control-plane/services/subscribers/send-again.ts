import type { Delivery } from '#lib/core/delivery.ts'
import { timestamp } from '../../clock.ts'
import { notFound } from '../../errors.ts'
import { testEvent } from '../../notifications/events.ts'
import { addEvents, makeDue } from '../../notifications/outbox.ts'
import { findSubscriberAnywhere } from '../../store/find.ts'
import { deliveryView } from '../../views/delivery-view.ts'
import type { CallWith } from '../call.ts'

/** Has a subscriber sent a test, after what waits for it, which is tried now. It is tried once. */
export async function sendTest({
  ctx,
  id,
}: CallWith<'id', 'store' | 'commits' | 'authority'>): Promise<Delivery> {
  const row = await ctx.store.transaction(ctx.authority, async (writer) => {
    const subscriber = await findSubscriberAnywhere(writer, id)
    await makeDue(writer, subscriber.id)
    const [added] = await addEvents(writer, subscriber.id, [testEvent(timestamp(), subscriber)])
    if (!added) throw new Error('The test was not written down')
    return added
  })
  ctx.commits.notify()
  return deliveryView(row)
}

/** Has a delivery sent now, even if it was sent or given up before, with all that waits before it. */
export async function retryDelivery({
  ctx,
  id,
  params,
}: CallWith<'id' | 'params', 'store' | 'commits' | 'authority'>): Promise<Delivery> {
  const row = await ctx.store.transaction(ctx.authority, async (writer) => {
    const subscriber = await findSubscriberAnywhere(writer, id)
    const delivery = await writer
      .updateTable('deliveries')
      .set({ status: 'pending' })
      .where('id', '=', Number(params.delivery_id))
      .where('subscriber_id', '=', subscriber.id)
      .returning('id')
      .executeTakeFirst()
    if (!delivery) throw notFound('delivery')
    await makeDue(writer, subscriber.id)
    return writer
      .selectFrom('deliveries')
      .selectAll()
      .where('id', '=', delivery.id)
      .executeTakeFirstOrThrow()
  })
  ctx.commits.notify()
  return deliveryView(row)
}

import type { Delivery } from '#lib/core/delivery.ts'
import { notFound } from '../../errors.ts'
import { testEvent } from '../../notifications/events.ts'
import { addEvents, makeDue } from '../../notifications/outbox.ts'
import { findSubscriberAnywhere } from '../../store/find.ts'
import { deliveryView } from '../../views/delivery-view.ts'
import type { CallWith, Write } from '../call.ts'
import { change } from '../change.ts'
import { rowNumber } from '../row-number.ts'

/** Sends a test to a subscriber, once, after its waiting deliveries, which are retried now. */
export async function sendTest({ ctx, id }: CallWith<'id', Write>): Promise<Delivery> {
  return change(ctx, async (writer, at) => {
    const subscriber = await findSubscriberAnywhere(writer, id)
    await makeDue(writer, subscriber.id)
    const [added] = await addEvents(writer, subscriber.id, [testEvent(at, subscriber)])
    if (!added) throw new Error('The outbox did not take the test')
    return { entries: [], result: async () => deliveryView(added) }
  })
}

/** Retries a delivery now, even if it was delivered or given up, after those that the subscriber waits for before it. */
export async function retryDelivery({
  ctx,
  id,
  params,
}: CallWith<'id' | 'params', Write>): Promise<Delivery> {
  return change(ctx, async (writer) => {
    const subscriber = await findSubscriberAnywhere(writer, id)
    const delivery = await writer
      .updateTable('deliveries')
      .set({ status: 'pending' })
      .where('id', '=', rowNumber(params.delivery_id))
      .where('subscriber_id', '=', subscriber.id)
      .returning('id')
      .executeTakeFirst()
    if (!delivery) throw notFound('delivery')
    await makeDue(writer, subscriber.id)
    const row = await writer
      .selectFrom('deliveries')
      .selectAll()
      .where('id', '=', delivery.id)
      .executeTakeFirstOrThrow()
    return { entries: [], result: async () => deliveryView(row) }
  })
}

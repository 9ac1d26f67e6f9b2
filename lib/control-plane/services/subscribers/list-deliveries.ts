import { type DeliveryList, ListDeliveries } from '#lib/core/delivery.ts'
import { findSubscriberAnywhere } from '../../store/find.ts'
import { pageBounds } from '../../store/page.ts'
import { deliveryView } from '../../views/delivery-view.ts'
import type { CallWith } from '../call.ts'
import { parseInput } from '../parse-input.ts'

/** A page of the deliveries to a subscriber, newest first. */
export async function listDeliveries({
  ctx,
  id,
  query,
}: CallWith<'id' | 'query', 'store'>): Promise<DeliveryList> {
  const { limit, offset } = pageBounds(parseInput(ListDeliveries, query))
  const { reader } = ctx.store
  const subscriber = await findSubscriberAnywhere(reader, id)
  const all = reader.selectFrom('deliveries').where('subscriber_id', '=', subscriber.id)
  const { total } = await all
    .select(({ fn }) => fn.countAll<number>().as('total'))
    .executeTakeFirstOrThrow()
  const rows = await all.selectAll().orderBy('id', 'desc').limit(limit).offset(offset).execute()
  return { deliveries: rows.map(deliveryView), total_count: Number(total) }
}

import type { Delivery } from '#lib/core/delivery.ts'
import type { DeliveryRow } from '../store/tables.ts'

/** A delivery as the API returns it. */
export function deliveryView({ subscriber_id: _s, body: _b, ...delivery }: DeliveryRow): Delivery {
  return delivery
}

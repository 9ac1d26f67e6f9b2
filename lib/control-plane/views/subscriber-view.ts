import type { Subscriber } from '#lib/core/subscriber.ts'
import type { SubscriberRow } from '../store/tables.ts'

/** A subscriber as the API returns it, with one of the two channels. */
export function subscriberView({ id, name, email, uri }: SubscriberRow): Subscriber {
  return {
    id,
    name,
    ...(email !== null && { email_config: { email } }),
    ...(uri !== null && { webhook_config: { uri } }),
  }
}

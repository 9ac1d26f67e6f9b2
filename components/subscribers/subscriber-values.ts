import type * as z from 'zod'
import { fieldsOf, requestOf } from '#components/form/request-fields.ts'
import { formRequest } from '#components/form/use-api-form.ts'
import { dirtyFields } from '#lib/client/dirty-fields.ts'
import type { Region } from '#lib/core/locality.ts'
import type { Subscriber, UpdateSubscriber } from '#lib/core/subscriber.ts'

/** What the inputs of a subscriber hold. */
export type SubscriberValues = {
  name: string
  region: Region
  kind: 'webhook' | 'email'
  uri: string
  email: string
}

export const NEW_SUBSCRIBER: SubscriberValues = {
  name: '',
  region: 'fr-par',
  kind: 'webhook',
  uri: '',
  email: '',
}

export function subscriberValues(subscriber: Subscriber, region: Region): SubscriberValues {
  return {
    name: subscriber.name,
    region,
    kind: subscriber.email_config ? 'email' : 'webhook',
    uri: subscriber.webhook_config?.uri ?? '',
    email: subscriber.email_config?.email ?? '',
  }
}

export const SUBSCRIBER_FORM = formRequest({
  fields: ({ name, kind, uri, email }: SubscriberValues) => {
    const field = fieldsOf<SubscriberValues>()
    return kind === 'webhook'
      ? { name: field('name', name), webhook_config: { uri: field('uri', uri) } }
      : { name: field('name', name), email_config: { email: field('email', email) } }
  },
  schema: async () => (await import('#lib/core/subscriber.ts')).CreateSubscriber,
})

/** The edited fields. */
export function subscriberPatch(
  values: SubscriberValues,
  base: Subscriber,
): z.input<typeof UpdateSubscriber> {
  const bodyOf = (one: SubscriberValues): z.input<typeof UpdateSubscriber> =>
    requestOf(SUBSCRIBER_FORM.fields(one))
  return dirtyFields(base, bodyOf(subscriberValues(base, values.region)), bodyOf(values))
}

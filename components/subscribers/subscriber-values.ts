import type * as z from 'zod'
import { dirtyFields } from '#lib/client/dirty-fields.ts'
import type { Region } from '#lib/core/locality.ts'
import { CreateSubscriber, type Subscriber, type UpdateSubscriber } from '#lib/core/subscriber.ts'

/** A subscriber as its form holds it. */
export type SubscriberValues = {
  name: string
  region: Region
  kind: 'webhook' | 'email'
  uri: string
  email: string
}
export type SubscriberField = keyof SubscriberValues

export function subscriberValues(subscriber: Subscriber, region: Region): SubscriberValues {
  return {
    name: subscriber.name,
    region,
    kind: subscriber.email_config ? 'email' : 'webhook',
    uri: subscriber.webhook_config?.uri ?? '',
    email: subscriber.email_config?.email ?? '',
  }
}

/** The request that the values make, with the one way that is chosen. */
export function subscriberRequest({ name, kind, uri, email }: SubscriberValues) {
  const request: z.input<typeof CreateSubscriber> =
    kind === 'webhook' ? { name, webhook_config: { uri } } : { name, email_config: { email } }
  return request
}

/** The change of a subscriber that its inputs make: the API keeps what is left out. */
export function subscriberChange(
  values: SubscriberValues,
  known: Subscriber,
): z.input<typeof UpdateSubscriber> {
  const before = subscriberRequest(subscriberValues(known, values.region))
  return dirtyFields(known, before, subscriberRequest(values))
}

/** The input of a field of the request; null for what has none. */
export function subscriberInput(field: string): SubscriberField | null {
  if (field === 'name') return 'name'
  if (field.startsWith('email_config')) return 'email'
  return field.startsWith('webhook_config') ? 'uri' : null
}

/** What is wrong with the values, the first of each input. */
export function subscriberProblems(values: SubscriberValues) {
  const { error } = CreateSubscriber.safeParse(subscriberRequest(values))
  const problems: Partial<Record<SubscriberField, string>> = {}
  for (const { path, message } of error?.issues ?? []) {
    problems[subscriberInput(path.join('.')) ?? 'name'] ??= message
  }
  return problems
}

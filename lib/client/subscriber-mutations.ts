import type * as z from 'zod'
import type { Delivery, SubscriberSecret } from '#lib/core/delivery.ts'
import type { Region } from '#lib/core/locality.ts'
import type { CreateSubscriber, Subscriber, UpdateSubscriber } from '#lib/core/subscriber.ts'
import { callApi } from './api.ts'
import { type MutationOptions, useApiMutation } from './api-mutation.ts'
import { apiPath } from './api-path.ts'
import { type RegionalSubscriber, SUBSCRIBERS_KEY } from './subscriber-queries.ts'

function useSubscriberMutation<Input, Output>(
  send: (input: Input) => Promise<Output>,
  options?: MutationOptions<Input, Output>,
) {
  return useApiMutation({ send, invalidates: [SUBSCRIBERS_KEY], awaitsRefetch: true }, options)
}

type NewSubscriber = { region: Region; body: z.input<typeof CreateSubscriber> }

export function useCreateSubscriber(options?: MutationOptions<NewSubscriber, Subscriber>) {
  return useSubscriberMutation(
    ({ region, body }: NewSubscriber) =>
      callApi<Subscriber>('POST', apiPath.subscribers(region), { body }),
    options,
  )
}

type SubscriberPatch = z.input<typeof UpdateSubscriber>

export function useUpdateSubscriber(
  { region, id }: RegionalSubscriber,
  options?: MutationOptions<SubscriberPatch, Subscriber>,
) {
  return useSubscriberMutation(
    (body: SubscriberPatch) => callApi<Subscriber>('PUT', apiPath.subscriber(region, id), { body }),
    options,
  )
}

/** Deletes a subscriber. The API refuses one that a load balancer has. */
export function useDeleteSubscriber(
  { region, id }: RegionalSubscriber,
  options?: MutationOptions<void, void>,
) {
  return useSubscriberMutation(
    () => callApi<void>('DELETE', apiPath.subscription(region, id)),
    options,
  )
}

/** Sends a test delivery. */
export function useTestSubscriber(id: string, options?: MutationOptions<void, Delivery>) {
  return useSubscriberMutation(() => callApi<Delivery>('POST', apiPath.testSubscriber(id)), options)
}

export function useRetryDelivery(id: string, options?: MutationOptions<number, Delivery>) {
  return useSubscriberMutation(
    (deliveryId: number) => callApi<Delivery>('POST', apiPath.retryDelivery(id, deliveryId)),
    options,
  )
}

/** Replaces the secret that webhooks are signed with. Only this response has the new one. */
export function useRotateSubscriberSecret(
  id: string,
  options?: MutationOptions<void, SubscriberSecret>,
) {
  return useApiMutation(
    {
      send: () => callApi<SubscriberSecret>('POST', apiPath.subscriberSecret(id)),
      invalidates: [],
      isSecret: true,
    },
    options,
  )
}

import { useMutation, useQueryClient } from '@tanstack/react-query'
import type * as z from 'zod'
import type { Delivery, DeliveryList, SubscriberSecret } from '#lib/core/delivery.ts'
import type { Lb } from '#lib/core/lb.ts'
import type { Region } from '#lib/core/locality.ts'
import { REGIONS } from '#lib/core/regions.ts'
import type { CreateSubscriber, Subscriber, UpdateSubscriber } from '#lib/core/subscriber.ts'
import { callApi } from './api.ts'
import { apiPath } from './api-path.ts'
import { allPages, type Read } from './read.ts'
import { useRuleChange } from './rule-mutations.ts'

const SUBSCRIBERS_KEY = ['subscribers'] as const
const DELIVERIES_SHOWN = 50

/** A subscriber with the region that it is of, whose load balancers may have it. */
export type RegionalSubscriber = Subscriber & { region: Region }

/** The subscribers of all regions. */
export function allSubscribers(): Read<RegionalSubscriber[]> {
  return {
    queryKey: [...SUBSCRIBERS_KEY, 'list'],
    read: async (get) => {
      const lists = await Promise.all(
        REGIONS.map(async (region) => {
          const all = await allPages<Subscriber>(get, apiPath.subscribers(region), 'subscribers')
          return all.map((one) => ({ ...one, region }))
        }),
      )
      return lists.flat()
    },
  }
}

/** What was sent to a subscriber last or waits for it, newest first. */
export function deliveriesTo(id: string): Read<DeliveryList> {
  return {
    queryKey: [...SUBSCRIBERS_KEY, id, 'deliveries'],
    read: (get) => get(apiPath.deliveries(id, { page_size: DELIVERIES_SHOWN })),
  }
}

function useSubscriberChange<Input, Output>(mutationFn: (input: Input) => Promise<Output>) {
  const client = useQueryClient()
  return useMutation({
    mutationFn,
    onSuccess: () => client.invalidateQueries({ queryKey: SUBSCRIBERS_KEY }),
  })
}

export function useCreateSubscriber() {
  return useSubscriberChange(
    ({ region, body }: { region: Region; body: z.input<typeof CreateSubscriber> }) =>
      callApi<Subscriber>('POST', apiPath.subscribers(region), { body }),
  )
}

export function useUpdateSubscriber({ region, id }: RegionalSubscriber) {
  return useSubscriberChange((body: z.input<typeof UpdateSubscriber>) =>
    callApi<Subscriber>('PUT', apiPath.subscriber(region, id), { body }),
  )
}

/** Deletes a subscriber that no load balancer has. */
export function useDeleteSubscriber({ region, id }: RegionalSubscriber) {
  return useSubscriberChange(() => callApi<void>('DELETE', apiPath.subscription(region, id)))
}

export function useTestSubscriber(id: string) {
  return useSubscriberChange(() => callApi<Delivery>('POST', apiPath.testSubscriber(id)))
}

export function useRetryDelivery(id: string) {
  return useSubscriberChange((deliveryId: number) =>
    callApi<Delivery>('POST', apiPath.retryDelivery(id, deliveryId)),
  )
}

/** Makes a new secret that webhooks are signed with; the old one ends. It is in the answer only. */
export function useNewSubscriberSecret(id: string) {
  return useMutation({
    mutationFn: () => callApi<SubscriberSecret>('POST', apiPath.subscriberSecret(id)),
    gcTime: 0,
  })
}

/** Has a subscriber told of what happens to a load balancer; "" for nobody. */
export function useSubscribe(lb: Lb) {
  return useRuleChange(lb, (subscriberId: string) =>
    subscriberId === ''
      ? callApi<Lb>('DELETE', apiPath.unsubscribe(lb.region, lb.id))
      : callApi<Lb>('POST', apiPath.subscribe(lb.region, lb.id), {
          body: { subscriber_id: subscriberId },
        }),
  )
}

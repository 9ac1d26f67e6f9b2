import type { DeliveryList } from '#lib/core/delivery.ts'
import type { Region } from '#lib/core/locality.ts'
import { REGIONS } from '#lib/core/regions.ts'
import type { Subscriber } from '#lib/core/subscriber.ts'
import { apiPath } from './api-path.ts'
import { type ApiQuery, fetchAllPages } from './api-query.ts'

export const SUBSCRIBERS_KEY = ['subscribers'] as const
const DELIVERIES_SHOWN = 50

/** A subscriber with its region. Only load balancers of that region can have it. */
export type RegionalSubscriber = Subscriber & { region: Region }

/** The subscribers of all regions. */
export function allSubscribers(): ApiQuery<RegionalSubscriber[]> {
  return {
    queryKey: [...SUBSCRIBERS_KEY, 'list'],
    fetch: async (get) => {
      const lists = await Promise.all(
        REGIONS.map(async (region) => {
          const path = apiPath.subscribers(region)
          const all = await fetchAllPages<Subscriber>(get, path, 'subscribers')
          return all.map((one) => ({ ...one, region }))
        }),
      )
      return lists.flat()
    },
  }
}

/** The last deliveries to a subscriber and the pending ones, newest first. */
export function subscriberDeliveries(id: string): ApiQuery<DeliveryList> {
  return {
    queryKey: [...SUBSCRIBERS_KEY, id, 'deliveries'],
    fetch: (get) => get(apiPath.deliveries(id, { page_size: DELIVERIES_SHOWN })),
  }
}

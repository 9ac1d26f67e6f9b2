import { Delivery, DeliveryList, ListDeliveries, SubscriberSecret } from '#lib/core/delivery.ts'
import { listDeliveries } from '../services/subscribers/list-deliveries.ts'
import { newSubscriberSecret } from '../services/subscribers/new-subscriber-secret.ts'
import { retryDelivery, sendTest } from '../services/subscribers/send-again.ts'
import type { Call, Endpoint } from './endpoint.ts'

/** Deliveries to subscribers, under `/fairlead/v1`. */
export const NOTIFICATION_ENDPOINTS: Endpoint<Call>[] = [
  {
    method: 'get',
    path: '/subscribers/{id}/deliveries',
    summary: 'List the deliveries to a subscriber, newest first',
    query: ListDeliveries,
    response: DeliveryList,
    handle: async (call) => ({ value: await listDeliveries(call) }),
  },
  {
    method: 'post',
    path: '/subscribers/{id}/deliveries/{delivery_id}/retry',
    summary: 'Retry a delivery now',
    response: Delivery,
    handle: async (call) => ({ value: await retryDelivery(call) }),
  },
  {
    method: 'post',
    path: '/subscribers/{id}/test',
    summary: 'Send a test event to a subscriber',
    response: Delivery,
    handle: async (call) => ({ value: await sendTest(call) }),
  },
  {
    method: 'post',
    path: '/subscribers/{id}/secret',
    summary: "Rotate the secret that signs a subscriber's webhooks",
    response: SubscriberSecret,
    handle: async (call) => ({ value: await newSubscriberSecret(call) }),
  },
]

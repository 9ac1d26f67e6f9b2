import { Delivery, DeliveryList, ListDeliveries, SubscriberSecret } from '#lib/core/delivery.ts'
import { listDeliveries } from '../services/subscribers/list-deliveries.ts'
import { newSubscriberSecret } from '../services/subscribers/new-subscriber-secret.ts'
import { retryDelivery, sendTest } from '../services/subscribers/send-again.ts'
import type { Call, Endpoint } from './endpoint.ts'

/** What subscribers are sent, under `/fairlead/v1`. */
export const NOTIFICATION_ENDPOINTS: Endpoint<Call>[] = [
  {
    method: 'get',
    path: '/subscribers/{id}/deliveries',
    summary: 'List what was sent to a subscriber or waits for it, newest first',
    query: ListDeliveries,
    response: DeliveryList,
    handle: async (call) => ({ value: await listDeliveries(call) }),
  },
  {
    method: 'post',
    path: '/subscribers/{id}/deliveries/{delivery_id}/retry',
    summary: 'Send an event to a subscriber again, now',
    response: Delivery,
    handle: async (call) => ({ value: await retryDelivery(call) }),
  },
  {
    method: 'post',
    path: '/subscribers/{id}/test',
    summary: 'Send a subscriber a test',
    response: Delivery,
    handle: async (call) => ({ value: await sendTest(call) }),
  },
  {
    method: 'post',
    path: '/subscribers/{id}/secret',
    summary: "Make a new secret to sign a subscriber's webhook with",
    response: SubscriberSecret,
    handle: async (call) => ({ value: await newSubscriberSecret(call) }),
  },
]

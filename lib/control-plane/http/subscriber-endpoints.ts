import { Lb } from '#lib/core/lb.ts'
import {
  CreateSubscriber,
  ListSubscribers,
  Subscriber,
  SubscriberList,
  SubscribeToLb,
  UpdateSubscriber,
} from '#lib/core/subscriber.ts'
import { createSubscriber } from '../services/subscribers/create-subscriber.ts'
import { deleteSubscriber } from '../services/subscribers/delete-subscriber.ts'
import { getSubscriber } from '../services/subscribers/get-subscriber.ts'
import { listSubscribers } from '../services/subscribers/list-subscribers.ts'
import { subscribeToLb, unsubscribeFromLb } from '../services/subscribers/subscribe-lb.ts'
import { updateSubscriber } from '../services/subscribers/update-subscriber.ts'
import type { Endpoint, ScopedCall } from './endpoint.ts'

const DELETE = {
  method: 'delete',
  summary: 'Delete a subscriber that no load balancer uses',
  response: null,
  handle: deleteSubscriber,
} as const

/** Scaleway deletes by `/lb/subscription` in regions and `/lb/subscriber` in zones. Both paths are served in both. */
export const SUBSCRIBER_ENDPOINTS: Endpoint<ScopedCall>[] = [
  {
    method: 'get',
    path: '/subscribers',
    summary: 'List subscribers',
    query: ListSubscribers,
    response: SubscriberList,
    handle: async (call) => ({ value: await listSubscribers(call) }),
  },
  {
    method: 'post',
    path: '/subscribers',
    summary: 'Create a subscriber, a webhook or an email address',
    body: CreateSubscriber,
    response: Subscriber,
    handle: createSubscriber,
  },
  {
    method: 'get',
    path: '/subscribers/{id}',
    summary: 'Get a subscriber',
    response: Subscriber,
    handle: getSubscriber,
  },
  {
    method: 'put',
    path: '/subscribers/{id}',
    summary: 'Update a subscriber',
    body: UpdateSubscriber,
    response: Subscriber,
    handle: updateSubscriber,
  },
  { ...DELETE, path: '/lb/subscription/{id}' },
  { ...DELETE, path: '/lb/subscriber/{id}' },
  {
    method: 'post',
    path: '/lb/{id}/subscribe',
    summary: 'Subscribe to the events of a load balancer',
    body: SubscribeToLb,
    response: Lb,
    handle: subscribeToLb,
  },
  {
    method: 'delete',
    path: '/lb/{id}/unsubscribe',
    summary: 'Unsubscribe from the events of a load balancer',
    response: Lb,
    handle: unsubscribeFromLb,
  },
]

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
  summary: 'Delete a subscriber that no load balancer has',
  response: null,
  handle: deleteSubscriber,
} as const

/** The real API's paths: to delete one it has another by region than by zone. Both are served by both. */
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
    summary: 'Create a subscriber: a webhook, or an email address',
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
    summary: 'Tell a subscriber of what happens to a load balancer',
    body: SubscribeToLb,
    response: Lb,
    handle: subscribeToLb,
  },
  {
    method: 'delete',
    path: '/lb/{id}/unsubscribe',
    summary: "Tell a load balancer's subscriber no more",
    response: Lb,
    handle: unsubscribeFromLb,
  },
]

import { expect, test } from 'vitest'
import { testConfig } from '#lib/testing/runtime/running-lb.ts'
import type { Change } from './change-queue.ts'
import { MessageOrder } from './message-order.ts'

const LB = 'lb-1'

const apply = (as_of: number | undefined, generation: number): Change => {
  const config = testConfig([], [], { address: null, generation })
  return { type: 'apply', config: { ...config, lb_id: LB, revision: `r${generation}` }, as_of }
}
const remove = (as_of: number): Change => ({ type: 'remove', lb_id: LB, as_of })

/** Two streams that were open before any message. */
function twoStreams() {
  const order = new MessageOrder()
  return { order, first: order.open([]), second: order.open([]) }
}

test('a message that was read before the newest one does not count', () => {
  const { order, first, second } = twoStreams()
  expect(order.admits(first, apply(5, 2))).toBe(true)
  expect(order.admits(second, apply(4, 1))).toBe(false)
  expect(order.admits(second, remove(4))).toBe(false)
  expect(order.admits(second, remove(6))).toBe(true)
  // A removed load balancer does not return.
  expect(order.admits(first, apply(5, 2))).toBe(false)
})

test('it does not count either when the stream of the newer one has ended', () => {
  const { order, first, second } = twoStreams()
  order.admits(first, apply(5, 2))
  order.close(first)
  expect(order.admits(second, apply(4, 1))).toBe(false)
  // Nor when the control plane that sent the newer one is followed again.
  order.open([])
  expect(order.admits(second, remove(4))).toBe(false)
})

test('the same configuration counts once, from whichever control plane it comes', () => {
  const { order, first, second } = twoStreams()
  expect(order.admits(first, apply(5, 2))).toBe(true)
  expect(order.admits(second, apply(7, 2))).toBe(false)
  // What was equal is as new as its newest message.
  expect(order.admits(first, remove(6))).toBe(false)
  expect(order.admits(first, remove(8))).toBe(true)
  expect(order.admits(second, remove(8))).toBe(false)
  expect(order.admits(second, apply(9, 2))).toBe(true)
})

test('a stream that is opened later may go back: the database may be a restored one', () => {
  const { order, first, second } = twoStreams()
  order.admits(first, apply(50, 2))
  order.close(second)
  const restored = order.open([])
  expect(order.admits(restored, apply(3, 1))).toBe(true)
  expect(order.admits(first, apply(50, 2))).toBe(true)
})

test('a stream that is opened while a change waits does not know of it', () => {
  const order = new MessageOrder()
  const first = order.open([])
  order.admits(first, apply(5, 2))
  const second = order.open([LB])
  expect(order.admits(second, remove(4))).toBe(false)
  expect(order.admits(second, apply(5, 2))).toBe(false)
  expect(order.admits(second, remove(6))).toBe(true)
})

test('messages without a position count in the order of their arrival', () => {
  const { order, first } = twoStreams()
  expect(order.admits(first, apply(undefined, 2))).toBe(true)
  expect(order.admits(first, apply(undefined, 1))).toBe(true)
})

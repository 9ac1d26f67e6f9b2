import { expect, test } from 'vitest'
import { BodySlots } from './body-slots.ts'

test('a new body evicts the oldest', () => {
  const slots = new BodySlots(2)
  const [first, second] = [slots.take(), slots.take()]
  expect([first.signal.aborted, second.signal.aborted]).toEqual([false, false])
  const third = slots.take()
  expect([first, second, third].map(({ signal }) => signal.aborted)).toEqual([true, false, false])
  // An evicted body has no slot to release.
  first.free()
  second.free()
  const fourth = slots.take()
  expect([third.signal.aborted, fourth.signal.aborted]).toEqual([false, false])
  slots.take()
  expect([third.signal.aborted, fourth.signal.aborted]).toEqual([true, false])
})

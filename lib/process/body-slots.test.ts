import { expect, test } from 'vitest'
import { BodySlots } from './body-slots.ts'

test('a new one takes the slot that has been taken longest', () => {
  const slots = new BodySlots(2)
  const [first, second] = [slots.take(), slots.take()]
  expect([first.signal.aborted, second.signal.aborted]).toEqual([false, false])
  const third = slots.take()
  expect([first, second, third].map(({ signal }) => signal.aborted)).toEqual([true, false, false])
  // Who has lost a slot has none to give back.
  first.free()
  second.free()
  const fourth = slots.take()
  expect([third.signal.aborted, fourth.signal.aborted]).toEqual([false, false])
  slots.take()
  expect([third.signal.aborted, fourth.signal.aborted]).toEqual([true, false])
})

import { expect, test } from 'vitest'
import { Pacer } from './pacer.ts'

test('a burst is allowed at once, and then one each interval', () => {
  let now = 0
  const pacer = new Pacer(3, 100, () => now)
  expect([pacer.take(), pacer.take(), pacer.take()]).toEqual([0, 0, 100])
  now += 100
  expect(pacer.take()).toBe(100)
  now += 100
  expect(pacer.take()).toBe(100)
  // Unused intervals are not saved up beyond the burst.
  now += 10_000
  expect([pacer.take(), pacer.take(), pacer.take()]).toEqual([0, 0, 100])
})

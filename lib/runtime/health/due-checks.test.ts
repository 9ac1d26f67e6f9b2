import { expect, test } from 'vitest'
import { DueChecks } from './due-checks.ts'

const nextIteration = () => new Promise((resolve) => setImmediate(resolve))

test('checks that are due at the same time start for 4 ms per iteration, in order of their due time', async () => {
  let now = 0
  const due = new DueChecks(() => now)
  const started: number[] = []
  const add = (number: number) =>
    due.add(() => {
      now += 2
      started.push(number)
    })
  for (let number = 0; number < 5; number += 1) add(number)
  expect(started).toEqual([0, 1])
  await nextIteration()
  expect(started).toEqual([0, 1, 2, 3])
  add(5)
  expect(started).toEqual([0, 1, 2, 3])
  await nextIteration()
  expect(started).toEqual([0, 1, 2, 3, 4, 5])
  await nextIteration()
  add(6)
  expect(started.at(-1)).toBe(6)
})

test('the time that a check takes in the next tick, such as connecting, counts towards the 4 ms', async () => {
  let now = 0
  const due = new DueChecks(() => now)
  let connected = 0
  const connect = () => {
    now += 1
    connected += 1
  }
  for (let number = 0; number < 10; number += 1) due.addLater(() => process.nextTick(connect))
  expect(connected).toBe(0)
  await nextIteration()
  expect(connected).toBe(4)
  await nextIteration()
  expect(connected).toBe(8)
  await nextIteration()
  expect(connected).toBe(10)
})

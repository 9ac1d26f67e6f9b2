import { expect, test } from 'vitest'
import { DueChecks } from './due-checks.ts'

const nextTurn = () => new Promise((resolve) => setImmediate(resolve))

test('checks that are due together start for 4 ms per iteration, in order of their due time', async () => {
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
  await nextTurn()
  expect(started).toEqual([0, 1, 2, 3])
  add(5)
  expect(started).toEqual([0, 1, 2, 3])
  await nextTurn()
  expect(started).toEqual([0, 1, 2, 3, 4, 5])
  await nextTurn()
  add(6)
  expect(started.at(-1)).toBe(6)
})

test('what a check does in the next tick, such as connecting, counts towards the 4 ms', async () => {
  let now = 0
  const due = new DueChecks(() => now)
  let connected = 0
  const connect = () => {
    now += 1
    connected += 1
  }
  for (let number = 0; number < 10; number += 1) due.addLater(() => process.nextTick(connect))
  expect(connected).toBe(0)
  await nextTurn()
  expect(connected).toBe(4)
  await nextTurn()
  expect(connected).toBe(8)
  await nextTurn()
  expect(connected).toBe(10)
})

import { expect, test } from 'vitest'
import { nextIteration, yieldEvery } from './yield-every.ts'

/** Blocks the event loop for some milliseconds. */
function block(ms: number): void {
  const end = performance.now() + ms
  while (performance.now() < end);
}

test('concurrent callers continue one per iteration, in order', async () => {
  const steps: string[] = []
  let iteration = 0
  let isRunning = true
  const count = () => {
    iteration += 1
    if (isRunning) setImmediate(count)
  }
  const callers = ['a', 'b', 'c'].map(async (name) => {
    for (let step = 0; step < 2; step += 1) {
      await nextIteration()
      steps.push(`${name}${step} ${iteration}`)
    }
  })
  setImmediate(count)
  await Promise.all(callers)
  isRunning = false
  expect(steps.map((step) => step.split(' ')[0])).toEqual(['a0', 'b0', 'c0', 'a1', 'b1', 'c1'])
  expect(new Set(steps.map((step) => step.split(' ')[1])).size).toBe(6)
})

test('a loop yields when its slice is over, and not before', async () => {
  let iterations = 0
  let isRunning = true
  const count = () => {
    iterations += 1
    if (isRunning) setImmediate(count)
  }
  setImmediate(count)
  const inLongSlice = yieldEvery(60_000)
  for (let step = 0; step < 100; step += 1) await inLongSlice()
  expect(iterations).toBe(0)
  const yieldWhenDue = yieldEvery(1)
  for (let step = 0; step < 5; step += 1) {
    block(2)
    await yieldWhenDue()
  }
  isRunning = false
  expect(iterations).toBeGreaterThanOrEqual(4)
})

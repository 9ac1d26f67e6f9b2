import { expect, test } from 'vitest'
import { nextIteration, yieldEvery } from './yield-every.ts'

/** Does nothing for some milliseconds, like work that can't be interrupted. */
function work(ms: number): void {
  const end = performance.now() + ms
  while (performance.now() < end);
}

test('work that waits at the same time goes on one piece an iteration, in its order', async () => {
  const steps: string[] = []
  let iteration = 0
  let going = true
  const turn = () => {
    iteration += 1
    if (going) setImmediate(turn)
  }
  const pieces = ['a', 'b', 'c'].map(async (name) => {
    for (let step = 0; step < 2; step += 1) {
      await nextIteration()
      steps.push(`${name}${step} ${iteration}`)
    }
  })
  setImmediate(turn)
  await Promise.all(pieces)
  going = false
  expect(steps.map((step) => step.split(' ')[0])).toEqual(['a0', 'b0', 'c0', 'a1', 'b1', 'c1'])
  expect(new Set(steps.map((step) => step.split(' ')[1])).size).toBe(6)
})

test('a loop pauses when its slice is over, and not before', async () => {
  let paused = 0
  let going = true
  const turn = () => {
    paused += 1
    if (going) setImmediate(turn)
  }
  setImmediate(turn)
  const patient = yieldEvery(60_000)
  for (let step = 0; step < 100; step += 1) await patient()
  expect(paused).toBe(0)
  const due = yieldEvery(1)
  for (let step = 0; step < 5; step += 1) {
    work(2)
    await due()
  }
  going = false
  expect(paused).toBeGreaterThanOrEqual(4)
})

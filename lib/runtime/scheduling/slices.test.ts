import { expect, test } from 'vitest'
import { Slices } from './slices.ts'

/** Work with a number of steps that take `ms` each. */
function* work(steps: number, ms: number, log: string[] = [], name = ''): Generator<void, string> {
  for (let step = 0; step < steps; step += 1) {
    const end = performance.now() + ms
    while (performance.now() < end);
    log.push(name)
    yield
  }
  return name
}
const always = () => true

test('short work ends in the same iteration', async () => {
  const slices = new Slices(1000)
  let isLater = false
  setImmediate(() => {
    isLater = true
  })
  expect(await slices.run(work(3, 0, [], 'a'), always)).toEqual({ result: 'a' })
  expect(isLater).toBe(false)
})

test('other callbacks run between the slices of long work', async () => {
  const slices = new Slices(1)
  let iterations = 0
  let going = true
  const count = () => {
    iterations += 1
    if (going) setImmediate(count)
  }
  setImmediate(count)
  await slices.run(work(20, 1), always)
  going = false
  expect(iterations).toBeGreaterThanOrEqual(20)
})

test('pieces of work alternate, and one that is no longer wanted is abandoned', async () => {
  const slices = new Slices(1)
  const log: string[] = []
  let wanted = true
  const first = slices.run(work(10, 1, log, 'a'), always)
  const second = slices.run(work(10, 1, log, 'b'), () => wanted)
  const third = slices.run(work(3, 1, log, 'c'), always)
  expect(await third).toEqual({ result: 'c' })
  wanted = false
  expect(await second).toBeNull()
  expect(await first).toEqual({ result: 'a' })
  expect(log.indexOf('b')).toBeLessThan(log.lastIndexOf('a'))
  expect(log.filter((name) => name === 'b').length).toBeLessThan(10)
})

test('an exception of the work rejects the promise', async () => {
  // biome-ignore lint/correctness/useYield: it fails before it could.
  function* failing(): Generator<void, never> {
    throw new Error('broken')
  }
  await expect(new Slices().run(failing(), always)).rejects.toThrow('broken')
})

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

test('short work is done in the same iteration', async () => {
  const slices = new Slices(1000)
  let turned = false
  setImmediate(() => {
    turned = true
  })
  expect(await slices.run(work(3, 0, [], 'a'), always)).toEqual({ result: 'a' })
  expect(turned).toBe(false)
})

test('the event loop runs while long work goes on', async () => {
  const slices = new Slices(1)
  let turns = 0
  let going = true
  const count = () => {
    turns += 1
    if (going) setImmediate(count)
  }
  setImmediate(count)
  await slices.run(work(20, 1), always)
  going = false
  expect(turns).toBeGreaterThanOrEqual(20)
})

test('two pieces of work alternate, and one that is not wanted any more is given up', async () => {
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

test('an exception in the work is passed on', async () => {
  // biome-ignore lint/correctness/useYield: it fails before it could.
  function* failing(): Generator<void, never> {
    throw new Error('broken')
  }
  await expect(new Slices().run(failing(), always)).rejects.toThrow('broken')
})

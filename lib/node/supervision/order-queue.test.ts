import { expect, test } from 'vitest'
import { OrderQueue } from './order-queue.ts'

function spin(ms: number): void {
  const end = performance.now() + ms
  while (performance.now() < end);
}

const nextIteration = () => new Promise((resolve) => setImmediate(resolve))

test('a few orders are carried out at once', () => {
  const queue = new OrderQueue()
  const done: number[] = []
  queue.add([1, 2, 3].map((number) => () => done.push(number)))
  expect(done).toEqual([1, 2, 3])
})

test('many take several iterations, and later ones wait for them', async () => {
  const queue = new OrderQueue()
  const done: number[] = []
  const longOrder = (number: number) => () => {
    spin(5)
    done.push(number)
  }
  queue.add([1, 2, 3].map(longOrder))
  expect(done).toEqual([1])
  queue.add([() => done.push(4)])
  expect(done).toEqual([1])
  await nextIteration()
  expect(done).toEqual([1, 2])
  queue.flush()
  expect(done).toEqual([1, 2, 3, 4])
  await nextIteration()
  expect(done).toHaveLength(4)
})

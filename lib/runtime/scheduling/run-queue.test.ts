import { expect, test } from 'vitest'
import { onFault } from '#lib/process/faults.ts'
import { inSlices } from './in-slices.ts'
import { ITERATION_MS, LoopBudget, SLICE_MS } from './loop-budget.ts'
import { RunQueue, type Task } from './run-queue.ts'

const nextIteration = () => new Promise((resolve) => setImmediate(resolve))

function work(ms: number): void {
  const end = performance.now() + ms
  while (performance.now() < end);
}

/** Uses a whole slice each time it runs, a number of times. */
class Heavy implements Task {
  readonly #queue: RunQueue
  readonly #noted: string[]
  readonly name: string
  slices: number

  constructor(queue: RunQueue, log: string[], name: string, slices: number) {
    this.#queue = queue
    this.#noted = log
    this.name = name
    this.slices = slices
  }

  run(): void {
    this.#noted.push(this.name)
    work(SLICE_MS * 1.1)
    this.slices -= 1
    if (this.slices > 0) this.#queue.addContinued(this)
  }

  onFault(): void {}
}

test('continued tasks run round robin, one slice per iteration of the event loop', async () => {
  const queue = new RunQueue()
  const log: string[] = []
  for (const name of ['a', 'b', 'c']) queue.addContinued(new Heavy(queue, log, name, 2))
  for (let round = 1; round <= 6; round += 1) {
    await nextIteration()
    expect(log).toHaveLength(round)
  }
  expect(log.join('')).toBe('abcabc')
})

test('new work waits for one slice, however long the queue is', async () => {
  const queue = new RunQueue()
  const log: string[] = []
  const heavy = Array.from({ length: 50 }, () => new Heavy(queue, log, 'heavy', 1000))
  for (const task of heavy) queue.addContinued(task)
  await nextIteration()
  const before = log.length
  await new Promise<void>((resolve) => {
    queue.addArrived({ run: resolve, onFault: () => {} })
  })
  expect(log.length - before).toBeLessThanOrEqual(1)
  for (const task of heavy) task.slices = 0
})

test('a debt counts towards the slice', async () => {
  const queue = new RunQueue()
  const log: string[] = []
  const task = (name: string) => ({ run: () => void log.push(name), onFault: () => {} })
  queue.addContinued(task('debtor'), 2 * SLICE_MS)
  queue.addContinued(task('next'))
  await nextIteration()
  expect(log).toEqual(['debtor'])
  await nextIteration()
  expect(log).toEqual(['debtor', 'next'])
})

test('onFault is called for a task that throws, and the other tasks run', async () => {
  const faults: unknown[] = []
  onFault((fault) => faults.push(fault))
  const queue = new RunQueue()
  const done: string[] = []
  const fault = new Error('planted')
  const failing: Task = {
    run: () => {
      throw fault
    },
    onFault: () => done.push('ended'),
  }
  queue.addArrived(failing)
  queue.addArrived({ run: () => void done.push('other'), onFault: () => {} })
  await nextIteration()
  onFault(null)
  expect(done).toEqual(['ended', 'other'])
  expect(faults).toEqual([fault])
})

test('inSlices spreads its members over several iterations, and continues after a fault', async () => {
  const faults: unknown[] = []
  onFault((fault) => faults.push(fault))
  const done: number[] = []
  inSlices('connection', [0, 1, 2, 3, 4], (member) => {
    work(SLICE_MS * 1.1)
    if (member === 1) throw new Error('planted')
    done.push(member)
  })
  expect(done).toEqual([0])
  while (done.length < 4) await nextIteration()
  onFault(null)
  expect(done).toEqual([0, 2, 3, 4])
  expect(faults).toHaveLength(1)
})

test('a slice belongs to one connection, and ends with the iteration', async () => {
  let now = 0
  const budget = new LoopBudget(() => now)
  const [one, other] = [{}, {}]
  budget.begin(one)
  now += SLICE_MS
  expect(budget.sliceSpent).toBe(false)
  budget.begin(one)
  now += 0.1
  expect(budget.sliceSpent).toBe(true)
  budget.begin(other)
  expect(budget.sliceSpent).toBe(false)
  now += ITERATION_MS
  expect(budget.elapsed()).toBe(ITERATION_MS)
  expect(budget.iterationSpent).toBe(true)
  await nextIteration()
  expect(budget.iterationSpent).toBe(false)
})

import { expect, test } from 'vitest'
import { onFault } from '#lib/process/faults.ts'
import { inSlices } from './in-slices.ts'
import { ITERATION_MS, LoopBudget, SLICE_MS } from './loop-budget.ts'
import { RunQueue, type Task } from './run-queue.ts'

const nextTurn = () => new Promise((resolve) => setImmediate(resolve))

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

  constructor(queue: RunQueue, noted: string[], name: string, slices: number) {
    this.#queue = queue
    this.#noted = noted
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
  const noted: string[] = []
  for (const name of ['a', 'b', 'c']) queue.addContinued(new Heavy(queue, noted, name, 2))
  for (let turn = 1; turn <= 6; turn += 1) {
    await nextTurn()
    expect(noted).toHaveLength(turn)
  }
  expect(noted.join('')).toBe('abcabc')
})

test('new work waits for one slice, however long the queue is', async () => {
  const queue = new RunQueue()
  const noted: string[] = []
  const heavy = Array.from({ length: 50 }, () => new Heavy(queue, noted, 'heavy', 1000))
  for (const task of heavy) queue.addContinued(task)
  await nextTurn()
  const before = noted.length
  await new Promise<void>((resolve) => {
    queue.addArrived({ run: resolve, onFault: () => {} })
  })
  expect(noted.length - before).toBeLessThanOrEqual(1)
  for (const task of heavy) task.slices = 0
})

test('a debt counts towards the slice', async () => {
  const queue = new RunQueue()
  const noted: string[] = []
  const note = (name: string) => ({ run: () => void noted.push(name), onFault: () => {} })
  queue.addContinued(note('debtor'), 2 * SLICE_MS)
  queue.addContinued(note('next'))
  await nextTurn()
  expect(noted).toEqual(['debtor'])
  await nextTurn()
  expect(noted).toEqual(['debtor', 'next'])
})

test('a task that throws calls onFault, and the others go on', async () => {
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
  await nextTurn()
  onFault(null)
  expect(done).toEqual(['ended', 'other'])
  expect(faults).toEqual([fault])
})

test('inSlices spreads its members over several iterations, and goes on after a fault', async () => {
  const faults: unknown[] = []
  onFault((fault) => faults.push(fault))
  const done: number[] = []
  inSlices('connection', [0, 1, 2, 3, 4], (member) => {
    work(SLICE_MS * 1.1)
    if (member === 1) throw new Error('planted')
    done.push(member)
  })
  expect(done).toEqual([0])
  while (done.length < 4) await nextTurn()
  onFault(null)
  expect(done).toEqual([0, 2, 3, 4])
  expect(faults).toHaveLength(1)
})

test('a slice belongs to one connection, and an iteration ends when the event loop goes on', async () => {
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
  await nextTurn()
  expect(budget.iterationSpent).toBe(false)
})

import { expect, test } from 'vitest'
import { Semaphore, SemaphoreFull } from './semaphore.ts'

/** Work that runs until `end` is called with its name. */
function setUp(max: number, options?: { queueMax: number }) {
  const semaphore = new Semaphore(max, options)
  const started: string[] = []
  const ends = new Map<string, () => void>()
  const run = (name: string, hasPriority = false) =>
    semaphore
      .run(
        () => {
          started.push(name)
          return new Promise<string>((resolve) => ends.set(name, () => resolve('done')))
        },
        { hasPriority },
      )
      .catch((error: unknown) => {
        if (!(error instanceof SemaphoreFull)) throw error
        return 'refused'
      })
  const end = async (name: string) => {
    await expect.poll(() => ends.has(name)).toBe(true)
    ends.get(name)?.()
  }
  return { semaphore, started, run, end }
}

test('a semaphore runs up to its maximum at once and the rest in order', async () => {
  const { started, run, end } = setUp(2)
  const all = ['a', 'b', 'c', 'd'].map((name) => run(name))
  expect(started).toEqual(['a', 'b'])
  await end('b')
  await expect.poll(() => started).toEqual(['a', 'b', 'c'])
  await end('a')
  await expect.poll(() => started).toEqual(['a', 'b', 'c', 'd'])
  await end('c')
  await end('d')
  expect(await Promise.all(all)).toEqual(['done', 'done', 'done', 'done'])
})

test('work is refused when the queue is full', async () => {
  const { started, run, end } = setUp(1, { queueMax: 1 })
  const [first, second] = [run('first'), run('second')]
  expect(await run('third')).toBe('refused')
  await end('first')
  await end('second')
  expect(await Promise.all([first, second])).toEqual(['done', 'done'])
  expect(started).toEqual(['first', 'second'])
})

test('priority queues before work without, and evicts the last of it from a full queue', async () => {
  const { started, run, end } = setUp(1, { queueMax: 2 })
  const [running, waiting, last] = [run('running'), run('waiting'), run('last')]
  const urgent = run('urgent', true)
  expect(await last).toBe('refused')
  await end('running')
  await expect.poll(() => started).toEqual(['running', 'urgent'])
  await end('urgent')
  await end('waiting')
  expect(await Promise.all([running, urgent, waiting])).toEqual(['done', 'done', 'done'])
})

test('priority is refused when all queued work has it', async () => {
  const { run, end } = setUp(1, { queueMax: 1 })
  const [running, waiting] = [run('running', true), run('waiting', true)]
  expect(await run('more', true)).toBe('refused')
  await end('running')
  await end('waiting')
  expect(await Promise.all([running, waiting])).toEqual(['done', 'done'])
})

test('failed work releases its slot', async () => {
  const { semaphore } = setUp(1)
  for (let times = 0; times < 3; times += 1) {
    const failing = semaphore.run(async () => {
      throw new Error('broken')
    })
    await expect(failing).rejects.toThrow('broken')
  }
  expect(semaphore.tryAcquire()).not.toBeNull()
})

test('tryAcquire takes a free slot and never waits for one', async () => {
  const { semaphore, started, run, end } = setUp(1)
  const release = semaphore.tryAcquire()
  expect(semaphore.tryAcquire()).toBeNull()
  const waiting = run('waiting')
  release?.()
  await expect.poll(() => started).toEqual(['waiting'])
  expect(semaphore.tryAcquire()).toBeNull()
  await end('waiting')
  expect(await waiting).toBe('done')
  expect(semaphore.tryAcquire()).not.toBeNull()
})

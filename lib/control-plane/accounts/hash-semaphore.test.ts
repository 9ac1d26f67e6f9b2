import { expect, test } from 'vitest'
import { ApiError } from '../errors.ts'
import { HashSemaphore } from './hash-semaphore.ts'

/** Work that runs until `end` is called with its name. */
function setUp() {
  const semaphore = new HashSemaphore()
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
        if (!(error instanceof ApiError)) throw error
        return `${error.status} after ${error.headers['Retry-After']}`
      })
  const end = async (name: string) => {
    await expect.poll(() => ends.has(name)).toBe(true)
    ends.get(name)?.()
  }
  return { semaphore, started, run, end }
}

const REFUSED = '503 after 2'

test('eight hashes are admitted, three of them run, and the ninth gets 503 with Retry-After', async () => {
  const { started, run, end } = setUp()
  const all = Array.from({ length: 12 }, (_, index) => run(`${index}`))
  expect(await Promise.all(all.slice(8))).toEqual([REFUSED, REFUSED, REFUSED, REFUSED])
  expect(started).toEqual(['0', '1', '2'])
  for (let index = 0; index < 8; index += 1) await end(`${index}`)
  expect(await Promise.all(all.slice(0, 8))).toEqual(Array(8).fill('done'))
  expect(started).toEqual(['0', '1', '2', '3', '4', '5', '6', '7'])
  const later = run('later')
  await end('later')
  expect(await later).toBe('done')
})

test('a hash with priority goes first, and evicts the last without', async () => {
  const { started, run, end } = setUp()
  const strangers = Array.from({ length: 8 }, (_, index) => run(`${index}`))
  const known = run('known', true)
  expect(await strangers[7]).toBe(REFUSED)
  await end('0')
  await expect.poll(() => started).toEqual(['0', '1', '2', 'known'])
  for (const name of ['1', '2', 'known', '3', '4', '5', '6']) await end(name)
  expect(await known).toBe('done')
  expect(await Promise.all(strangers.slice(0, 7))).toEqual(Array(7).fill('done'))
})

test('a hash with priority is refused when all that wait have priority', async () => {
  const { run, end } = setUp()
  const all = Array.from({ length: 8 }, (_, index) => run(`${index}`, true))
  expect(await run('one more', true)).toBe(REFUSED)
  for (let index = 0; index < 8; index += 1) await end(`${index}`)
  expect(await Promise.all(all)).toEqual(Array(8).fill('done'))
})

test('nested hashing shares the slot, and a failure releases it', async () => {
  const { semaphore } = setUp()
  for (let times = 0; times < 20; times += 1) {
    expect(await semaphore.run(() => semaphore.run(async () => 'nested'))).toBe('nested')
    const failing = semaphore.run(async () => {
      throw new Error('broken')
    })
    await expect(failing).rejects.toThrow('broken')
  }
})

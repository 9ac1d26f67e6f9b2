import { expect, test } from 'vitest'
import { DraftCheckSemaphore, TESTS_MAX } from './draft-check-semaphore.ts'

test('a few at once, fewer for each', () => {
  const turns = new DraftCheckSemaphore()
  const ends = ['a', 'a', 'a', 'a'].map((whose) => turns.begin(whose))
  expect(() => turns.begin('a')).toThrow('too many requests')
  for (const whose of ['b', 'b', 'b', 'c', 'c', 'c']) turns.begin(whose)
  expect(() => turns.begin('d')).toThrow('too many requests')
  ends[0]?.()
  expect(() => turns.begin('d')).not.toThrow()
})

test('not without end', () => {
  const turns = new DraftCheckSemaphore()
  for (let count = 0; count < TESTS_MAX; count++) turns.begin('a')()
  expect(() => turns.begin('a')).toThrow(
    expect.objectContaining({
      status: 429,
      body: expect.objectContaining({
        help_message: expect.stringMatching(
          /^60 tests within five minutes are enough\. Try again in \d+ s\.$/,
        ),
      }),
    }),
  )
  expect(() => turns.begin('b')).not.toThrow()
})

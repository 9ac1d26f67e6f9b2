import { expect, test } from 'vitest'
import { elapsed } from './elapsed.ts'

test.each([
  [-5000, '0 s'],
  [0, '0 s'],
  [12_400, '12 s'],
  [59_999, '1 min'],
  [3_599_000, '59 min'],
  [3_600_000, '1 h'],
  [86_400_000, '1 day'],
  [9 * 86_400_000, '9 days'],
])('%i ms is %s', (milliseconds, text) => {
  expect(elapsed(milliseconds)).toBe(text)
})

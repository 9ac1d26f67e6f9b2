import { expect, test } from 'vitest'
import { bothAnsweringMs, letters, longestGap, lost } from './figures.ts'

const address = '10.99.1.1'
const ok = (at: number, letter = 'a', ms = 1) => ({ address, at, ms, letter })
const failed = (at: number) => ({ address, at, ms: 1000, letter: null })

test('a gap is from the last success to the next one, with failures between them', () => {
  const attempts = [ok(0), ok(2), failed(4), failed(6), ok(8, 'b'), ok(10, 'b')]
  expect(longestGap(attempts, 3)).toBe(6)
  expect(lost(attempts)).toBe(2)
  expect(letters(attempts)).toBe('ab')
  // A slow answer counts as a failure.
  expect(longestGap([ok(0), { ...ok(2), ms: 300 }, ok(5)], 1)).toBe(5)
})

test('a gap without an end lasts until the last attempt', () => {
  expect(longestGap([ok(0), ok(2), failed(4), failed(90)], 3)).toBe(88)
})

test('a pause in which the client tried nothing is no gap', () => {
  expect(longestGap([ok(0), ok(2), { ...ok(90), ms: 4 }], 1)).toBe(4)
})

test('both hosts answer while requests in a row have two answers', () => {
  const output = ['0 aa', '1 aa', '1 bb', '2 aa', '2 bb', '2 aa', '3 bb', 'announced bb', '7 aa']
  expect(bothAnsweringMs(output.join('\n'), 2)).toBe(4)
  expect(bothAnsweringMs('0 aa\n1 bb\n', 2)).toBe(0)
})

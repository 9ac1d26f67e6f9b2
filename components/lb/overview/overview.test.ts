import { expect, test } from 'vitest'
import { bytesInWords } from './bytes-in-words.ts'
import { totalOf } from './total-counters.ts'

test.each([
  [0, '0 B'],
  [999, '999 B'],
  [1000, '1.0 kB'],
  [999_960, '1.0 MB'],
  [1_250_000, '1.3 MB'],
  [5e15, '5.0 PB'],
])('%i bytes', (bytes, words) => {
  expect(bytesInWords(bytes)).toBe(words)
})

test('both instances count', () => {
  const one = {
    connections_total: 1,
    connections_current: 2,
    requests_total: 3,
    responses: [0, 1, 2, 3, 4],
    bytes_in: 5,
    bytes_out: 6,
  }
  expect(totalOf([one, one])).toEqual({
    connections_total: 2,
    connections_current: 4,
    requests_total: 6,
    responses: [0, 2, 4, 6, 8],
    bytes_in: 10,
    bytes_out: 12,
  })
  expect(totalOf([]).connections_total).toBe(0)
})

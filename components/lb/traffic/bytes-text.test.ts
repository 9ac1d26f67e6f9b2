import { expect, test } from 'vitest'
import { bytesText } from './bytes-text.ts'

test.each([
  [0, '0 B'],
  [999, '999 B'],
  [1000, '1.0 kB'],
  [999_960, '1.0 MB'],
  [1_250_000, '1.3 MB'],
  [5e15, '5.0 PB'],
])('%i bytes', (bytes, text) => {
  expect(bytesText(bytes)).toBe(text)
})

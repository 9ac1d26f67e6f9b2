import { expect, test } from 'vitest'
import { JsonLines } from './json-lines.ts'
import { LINE_MAX_BYTES } from './messages.ts'

test('lines come together from pieces, and what is no JSON is null', () => {
  const lines = new JsonLines()
  expect(lines.push('{"a":1}\n{"b"')).toEqual([{ a: 1 }])
  expect(lines.push(':2}\n\nx\n')).toEqual([{ b: 2 }, null])
})

test('a line without an end is refused', () => {
  const lines = new JsonLines()
  expect(() => lines.push('x'.repeat(LINE_MAX_BYTES + 1))).toThrow('too long')
})

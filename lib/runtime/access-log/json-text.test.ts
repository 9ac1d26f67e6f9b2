import fc from 'fast-check'
import { expect, test } from 'vitest'
import { jsonText, TEXT_MAX } from './json-text.ts'

const bytes = fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array))

test('whatever the bytes are, it is one ASCII string of JSON', () => {
  fc.assert(
    fc.property(bytes, (raw) => {
      const json = jsonText(raw.toString('latin1'))
      expect(json).toMatch(/^"[ -~]*"$/)
      const text = JSON.parse(json)
      expect([raw.toString('latin1'), raw.toString('utf8')]).toContain(text)
    }),
  )
})

test.each([
  ['plain', '"plain"'],
  ['say "hi" \\', '"say \\"hi\\" \\\\"'],
  ['a\r\nb\x1b[31m\x7f', '"a\\r\\nb\\u001b[31m\\u007f"'],
  [Buffer.from('Zürich \u{1f600}').toString('latin1'), '"Z\\u00fcrich \\ud83d\\ude00"'],
  // Not UTF-8: each byte as it came.
  ['\xfc\x9b', '"\\u00fc\\u009b"'],
  // A right-to-left override would turn the line around where it is read.
  [Buffer.from('\u202e').toString('latin1'), '"\\u202e"'],
])('%j', (text, json) => {
  expect(jsonText(text)).toBe(json)
})

test('no client decides how long a line gets', () => {
  expect(JSON.parse(jsonText('a'.repeat(TEXT_MAX)))).toHaveLength(TEXT_MAX)
  expect(JSON.parse(jsonText('a'.repeat(8000)))).toBe(`${'a'.repeat(TEXT_MAX)}…`)
})

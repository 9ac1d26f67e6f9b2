import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { isLatin1, latin1Bytes } from './latin1.ts'

test.each(['', 'a\r\n', '\u0000\u007f\u0080\u00ff'])('%j is bytes', (text) => {
  expect(isLatin1(text)).toBe(true)
  expect(latin1Bytes(text).toString('latin1')).toBe(text)
})

test.each(['\u010d\u010a', 'a\u0100', '\u{1f600}', '\ud800', `${'a'.repeat(70_000)}\u2028`])(
  'characters beyond latin1 are refused, not truncated',
  (text) => {
    expect(isLatin1(text)).toBe(false)
    expect(() => latin1Bytes(text)).toThrow(RangeError)
  },
)

/** Code that encodes text as latin1 without a check. */
const ENCODES =
  /(?:Buffer\.from|\.write|\.end|\.fill)\((?:(?!toString\()[^;])*?['"](?:latin1|binary|ascii)['"]|\.(?:latin1|ascii)Write\(|[wW]riteLatin1String\(|setDefaultEncoding\(/

const encodingLines = (source: string) => source.split('\n').filter((line) => ENCODES.test(line))

test('no other file of the runtime encodes latin1 without a check', () => {
  const files = globSync('**/*.ts', { cwd: import.meta.dirname }).filter(
    (file) => !file.endsWith('.test.ts'),
  )
  expect(files.length).toBeGreaterThan(80)
  const found = files.filter((file) => {
    const source = readFileSync(join(import.meta.dirname, file), 'utf8')
    return encodingLines(source).length > 0
  })
  // `writes.ts` calls `isLatin1` first.
  expect(found.toSorted()).toEqual(['latin1.ts', 'sockets/writes.ts'])
})

test.each([
  "Buffer.from(text, 'latin1')",
  "Buffer.from(lines.join('\\r\\n'), 'latin1')",
  "socket.write(head, 'binary')",
  'handle.writeLatin1String(request, text)',
])('%s is found', (source) => {
  expect(encodingLines(source)).toHaveLength(1)
})

import { describe, expect, test } from 'vitest'
import { compilePathPattern, PathPatternError, whyNoPathPattern } from './path-pattern.ts'

const matches = (pattern: string, path: string) => compilePathPattern(pattern).test(path)

test.each<[string, string, boolean]>([
  ['^/api/v[0-9]+/', '/api/v12/users', true],
  ['^/api/v[0-9]+/', '/x/api/v12/users', false],
  ['\\.(png|jpe?g)$', '/a/b.jpg', true],
  ['\\.(png|jpe?g)$', '/a/b.jpg.txt', false],
  ['admin', '/x/administrator', true],
  ['admin', '/ADMIN', false],
  ['(?i)admin', '/ADMIN', true],
  ['^/a.*z$', '/a\nz', true],
  ['^/caf\u00e9$', '/caf\u00e9', true],
  ['^/.$', '/\u{1f600}', true],
])('%s in %j: %s', (pattern, path, expected) => {
  expect(matches(pattern, path)).toBe(expected)
})

test('one that can be used has no problem', () => {
  expect(whyNoPathPattern('^/a')).toBeNull()
})

describe('what can’t be used is told in words', () => {
  test.each([
    ['', 'Enter a regular expression.'],
    ['a(', 'has a ( without its )'],
    ['(?=a)', 'look-around'],
    ['(?<!a)b', 'look-around'],
    ['(a)\\1', 'back-references'],
    ['[z-a]', '“z-a”'],
    ['*a', 'repeats nothing'],
    ['a\\', 'ends in a backslash'],
    ['a{1001}', 'more than 1,000 times'],
    ['((a{30}){30})', 'repeats too much'],
    ['a'.repeat(256), 'longer than 255 characters'],
  ])('%s: %s', (pattern, words) => {
    expect(() => compilePathPattern(pattern)).toThrow(PathPatternError)
    const message = whyNoPathPattern(pattern)
    expect(message).toContain(words)
    expect(message).not.toContain('(?s)')
    expect(message).toMatch(/\.$/)
  })
})

/** Milliseconds, the worst of three. */
function cost(pattern: string, path: string): number {
  const compiled = compilePathPattern(pattern)
  const times = Array.from({ length: 3 }, () => {
    const start = performance.now()
    compiled.test(path)
    return performance.now() - start
  })
  return Math.max(...times)
}

/** A path of `a` and `b` in no order that repeats. */
function mixed(length: number): string {
  let seed = 1
  const letters = Array.from({ length }, () => {
    seed = (seed * 48_271) % 2_147_483_647
    return 'ab'[seed & 1]
  })
  return letters.join('')
}

describe('patterns that are exponential where they are tried by backtracking', () => {
  test.each([
    ['^(a+)+$', `${'a'.repeat(8191)}!`],
    ['(a|aa)+[cd]', mixed(8192)],
    ['(.*[ab]){20}[cd]', mixed(8192)],
    ['^(([a-z])+.)+[A-Z]([a-z])+$', 'a'.repeat(8192)],
    ['([ab])*a[ab]{100}[cd]', mixed(8192)],
    ['([ab])*a[ab]{400}[cd]', mixed(8192)],
  ])('%s', (pattern, path) => {
    const ms = cost(pattern, path)
    process.stdout.write(`${pattern}: ${ms.toFixed(2)} ms for 8 KiB\n`)
    // Backtracking would never end; a machine that does other things takes its time.
    expect(ms).toBeLessThan(5000)
  })
})

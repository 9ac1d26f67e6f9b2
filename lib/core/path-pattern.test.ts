import { describe, expect, test } from 'vitest'
import { compilePathPattern, PathPatternError, pathPatternProblem } from './path-pattern.ts'

test('one that can be used has no problem', () => {
  expect(pathPatternProblem('^/a')).toBeNull()
})

describe('an invalid pattern is described in words', () => {
  test.each([
    ['', 'Enter a regular expression.'],
    ['a(', 'has a ( without a )'],
    ['(?=a)', 'look-around'],
    ['(?<!a)b', 'look-around'],
    ['(a)\\1', 'back-references'],
    ['[z-a]', '“z-a”'],
    ['*a', 'has nothing to repeat'],
    ['a\\', 'ends in a backslash'],
    ['a{1001}', 'has too many repetitions'],
    ['(a{10}|[ab]{1,480}){11}', 'has too many repetitions'],
    ['((a{30}){30})', 'has too many repetitions'],
    ['a'.repeat(256), 'longer than 255 characters'],
  ])('%s: %s', (pattern, words) => {
    expect(() => compilePathPattern(pattern)).toThrow(PathPatternError)
    const message = pathPatternProblem(pattern)
    expect(message).toContain(words)
    expect(message).not.toContain('(?s)')
    expect(message).toMatch(/\.$/)
  })
})

test.each(['\\Qa{900}\\E', '[{900}]', '\\{900}', '\\x{1000}', '[]{900}]', '[[:alpha:]{900}]'])(
  'braces that are not a count: %s',
  (pattern) => {
    expect(pathPatternProblem(pattern)).toBeNull()
  },
)

test('a pattern that would be slow to compile is refused before it is compiled', () => {
  const before = process.threadCpuUsage().user
  for (let count = 0; count < 200; count += 1) {
    expect(pathPatternProblem('[ab]{0,1000}'.repeat(21))).toContain('has too many repetitions')
  }
  // Each takes 70 ms to compile.
  expect(process.threadCpuUsage().user - before).toBeLessThan(2_000_000)
})

describe('steps per character', () => {
  test.each([
    ['^/api/v[0-9]+/users/', 7],
    ['\\.(png|jpe?g)$', 10],
    ['(?i)wp-(admin|login)', 7],
    ['a.{100}b.{80}c', 18],
    ['(ab?c?){30}', 185],
    ['a.{40}([ab]?){50}[cd]', 184],
    ['a.{40}(a?b?){30}[cd]', 270],
  ])('%s: %i steps', (pattern, steps) => {
    expect(compilePathPattern(pattern).steps()).toBe(steps)
  })
})

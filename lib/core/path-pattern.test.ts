import { describe, expect, test } from 'vitest'
import { compilePathPattern, PathPatternError, whyNoPathPattern } from './path-pattern.ts'

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

describe('what a pattern takes for one character', () => {
  test.each([
    ['^/api/v[0-9]+/users/', 7],
    ['\\.(png|jpe?g)$', 10],
    ['(?i)wp-(admin|login)', 7],
    ['a.{100}b.{80}c', 18],
    ['a.{40}([ab]?){50}[cd]', 184],
    ['a.{40}(a?b?){30}[cd]', 270],
  ])('%s: %i steps', (pattern, steps) => {
    expect(compilePathPattern(pattern).steps()).toBe(steps)
  })
})

import { expect, test } from 'vitest'
import { kernelProblem, oneLine } from './programs.ts'

test.each([
  ['5.15.0-100-generic', 'It takes Linux 5.16 or later.'],
  ['4.19.0', 'It takes Linux 5.16 or later.'],
  ['5.16.0', null],
  ['6.1.0-28-amd64', null],
])('Linux %s', (version, problem) => {
  expect(kernelProblem(version)).toBe(problem)
})

test('a message of a program fits into a sentence', () => {
  expect(oneLine(' Error: a\n\tb \n')).toBe('Error: a b')
})

import { describe, expect, test } from 'vitest'
import { durationOf, millisecondsOf } from './duration.ts'
import { formatDuration, parseDuration } from './duration-text.ts'

describe('durations', () => {
  // As the real API takes and gives them.
  test.each([
    ['0.500000000s', '0.500s'],
    ['4.000000000s', '4s'],
    ['0.000000000s', '0s'],
    ['0.5s', '0.500s'],
    ['1.005s', '1.005s'],
  ])('%s is given back as %s', (sent, returned) => {
    expect(durationOf('Delay').parse(sent)).toBe(returned)
  })

  test.each(['', '5', 's', '-1s', '1.s', '1m', '999999s', '1e3s'])('%j is refused', (text) => {
    expect(durationOf('Delay').safeParse(text).success).toBe(false)
  })

  test('formatting and parsing are each other’s inverse', () => {
    for (const milliseconds of [0, 1, 499, 500, 1000, 60_000, 86_400_000]) {
      expect(parseDuration(formatDuration(milliseconds))).toBe(milliseconds)
    }
  })
})

describe('milliseconds', () => {
  test.each([
    [3000, 3000],
    ['3000', 3000],
    ['3s', 3000],
    ['0.5s', 500],
  ])('%j is %d ms', (sent, milliseconds) => {
    expect(millisecondsOf('Timeout').parse(sent)).toBe(milliseconds)
  })

  test.each([0, -1, 1.5, '3 s', 'soon', 86_400_001])('%j is refused', (value) => {
    const result = millisecondsOf('Server timeout').safeParse(value)
    expect(result.error?.issues[0]?.message).toMatch(/^Server timeout must be /)
  })
})

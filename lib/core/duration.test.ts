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
    expect(durationOf('Delay', 'none').parse(sent)).toBe(returned)
  })

  test('the longest is 24.8 days', () => {
    const duration = durationOf('Delay', 'none')
    expect(duration.parse('2147483.647s')).toBe('2147483.647s')
    expect(duration.safeParse('2147483.648s').success).toBe(false)
  })

  test.each(['', '5', 's', '-1s', '1.s', '1m', '9999999s', '1e3s'])('%j is refused', (text) => {
    expect(durationOf('Delay', 'none').safeParse(text).success).toBe(false)
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
    expect(millisecondsOf('Timeout', { zero: 'no limit' }).parse(sent)).toBe(milliseconds)
  })

  test('0 is taken whatever the shortest is, and so is the longest, 24.8 days', () => {
    const delay = millisecondsOf('Check delay', { min: 100, zero: 'the default' })
    for (const value of [0, '0', '0s']) expect(delay.parse(value)).toBe(0)
    for (const value of [100, 172_800_000, 2_147_483_647]) expect(delay.parse(value)).toBe(value)
    for (const value of [1, 99, 2_147_483_648]) expect(delay.safeParse(value).success).toBe(false)
  })

  test.each([-1, 1.5, '3 s', 'soon', 2_147_483_648])('%j is refused', (value) => {
    const result = millisecondsOf('Server timeout', { zero: 'no limit' }).safeParse(value)
    expect(result.error?.issues[0]?.message).toBe(
      'Server timeout must be from 1 ms to 2147483647 ms (24.8 days), or 0 for no limit.',
    )
  })
})

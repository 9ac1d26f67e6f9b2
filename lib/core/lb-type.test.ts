import { expect, test } from 'vitest'
import { formatLimits } from './lb-type.ts'

test('the limits of a type are described in words', () => {
  expect(formatLimits('lb-s')).toBe('200 Mbit/s, 20,000 connections')
  expect(formatLimits('lb-gp-xl')).toBe('4 Gbit/s, 3,000,000 connections')
})

import { expect, test } from 'vitest'
import { formatLimits } from './lb-type.ts'

test("a type's limits are told in words", () => {
  expect(formatLimits('lb-s')).toBe('200 Mbit/s, 20,000 connections')
  expect(formatLimits('lb-gp-xl')).toBe('4 Gbit/s, 3,000,000 connections')
})

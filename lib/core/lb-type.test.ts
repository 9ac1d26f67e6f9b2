import { expect, test } from 'vitest'
import { limitsInWords } from './lb-type.ts'

test("a type's limits are told in words", () => {
  expect(limitsInWords('lb-s')).toBe('200 Mbit/s, 20,000 connections')
  expect(limitsInWords('lb-gp-xl')).toBe('4 Gbit/s, 3,000,000 connections')
})

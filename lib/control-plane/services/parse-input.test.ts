import { expect, test } from 'vitest'
import * as z from 'zod'
import type { ApiError } from '../errors.ts'
import { parseInput } from './parse-input.ts'

const Lists = z.object({
  texts: z.array(z.string()).optional(),
  objects: z.array(z.object({ name: z.string() })).optional(),
})

function detailsOf(input: unknown): { argument_name: string; help_message: string }[] {
  try {
    parseInput(Lists, input)
  } catch (error) {
    return (error as ApiError).body.details as never
  }
  return []
}

const many = <T>(count: number, item: T): T[] => Array.from({ length: count }, () => item)

test('25,000 items are validated, and one more is refused without validation', () => {
  expect(detailsOf({ texts: many(25_000, 'a') })).toEqual([])
  expect(detailsOf({ texts: many(25_001, 'a') })).toMatchObject([
    { argument_name: '', help_message: expect.stringContaining('at most 25000 items together') },
  ])
})

test('an object counts as 20 items', () => {
  expect(detailsOf({ objects: many(1250, { name: 'a' }) })).toEqual([])
  expect(detailsOf({ objects: many(1250, { name: 'a' }), texts: ['a'] })).toMatchObject([
    { argument_name: '' },
  ])
})

test('an error lists at most 100 invalid fields', () => {
  const details = detailsOf({ objects: many(1000, {}) })
  expect(details).toHaveLength(100)
  expect(details[99]).toMatchObject({ argument_name: 'objects.99.name' })
})

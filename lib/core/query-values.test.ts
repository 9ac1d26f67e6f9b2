import { expect, test } from 'vitest'
import { queryInteger, queryIntegerOr } from './query-values.ts'

const step = queryInteger('step_s', { min: 5, max: 60 })
const page = queryIntegerOr(1, 'page', { min: 1 })
const messageOf = (schema: typeof step | typeof page, text: string) =>
  schema.safeParse(text).error?.issues[0]?.message

test('an integer of a query is parsed, and its default used for an empty or omitted one', () => {
  expect(step.parse('5')).toBe(5)
  expect(page.parse('12')).toBe(12)
  expect([page.parse(undefined), page.parse('')]).toEqual([1, 1])
})

test.each(['4', '61', '5.5', 'five', ''])('%j is rejected with the limits', (text) => {
  expect(messageOf(step, text)).toBe('step_s must be a whole number, from 5 to 60.')
})

test('without a maximum the error names the minimum', () => {
  expect(messageOf(page, '0')).toBe('page must be a whole number, 1 or more.')
  expect(messageOf(page, '9'.repeat(17))).toBe('page must be a whole number.')
})

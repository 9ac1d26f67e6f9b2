import { expect, test } from 'vitest'
import { DEFAULT_LIFETIME, expiryOf, LIFETIMES } from './token-expiry.ts'

const NOW = Date.parse('2026-01-01T00:00:00Z')

test('a lifetime in days, or none', () => {
  expect(expiryOf('30', '', NOW)).toBe('2026-01-31T00:00:00.000Z')
  expect(expiryOf('never', '2027-01-01', NOW)).toBeNull()
})

test('a date stands for its end in the local time zone, and an empty date is left to the API to reject', () => {
  const end = new Date(expiryOf('date', '2026-05-05', NOW) as string)
  expect([end.getFullYear(), end.getMonth(), end.getDate(), end.getHours()]).toEqual([
    2026, 4, 5, 23,
  ])
  expect(expiryOf('date', '', NOW)).toBe('')
})

test('by default a token expires after 90 days', () => {
  expect(expiryOf(DEFAULT_LIFETIME, '', NOW)).toBe('2026-04-01T00:00:00.000Z')
  expect(LIFETIMES.filter(({ value }) => expiryOf(value, '', NOW) === null)).toEqual([
    { value: 'never', label: 'Never' },
  ])
})

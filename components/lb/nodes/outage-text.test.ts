import { expect, test } from 'vitest'
import { outageText } from './outage-text.ts'

const text = (lbs: number, failovers = 0, longest_gap_ms: number | null = null) =>
  outageText({ since: '2026-01-01T10:00:00.000Z', lbs, failovers, longest_gap_ms })

test('the outage of a host', () => {
  expect(text(0)).toBe('No load balancer is placed on it.')
  expect(text(1)).toMatch(/^Until it is back, 1 load balancer has only one host, so nothing/)
  expect(text(12, 5, 181.4)).toMatch(
    /^5 load balancers failed over; new connections waited 181 ms at most\. Until .* 12 load balancers have/,
  )
})

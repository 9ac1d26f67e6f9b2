import fc from 'fast-check'
import { expect, test } from 'vitest'
import * as z from 'zod'
import { acceptedBy, requestBodies } from './accepted-by.ts'

test.each(requestBodies())(
  '$method $path accepts values generated from its schema',
  { timeout: 60_000 },
  ({ body }) => {
    const seen = new Set<string>()
    fc.assert(
      fc.property(acceptedBy(body), (input) => {
        const text = JSON.stringify(input)
        seen.add(text)
        expect(z.safeParse(body, JSON.parse(text)).success).toBe(true)
      }),
      { numRuns: 20, seed: 2026 },
    )
    expect(seen.size).toBeGreaterThan(1)
  },
)

test('a field without a matching example is an error', () => {
  expect(() => acceptedBy(z.object({ colour: z.string().regex(/^#\d{6}$/) }))).toThrow(
    /No example is accepted/,
  )
})

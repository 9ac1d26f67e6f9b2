import fc from 'fast-check'
import { expect, test } from 'vitest'
import { AffixSet } from './affix-set.ts'
import { StepBudget } from './step-budget.ts'

const anyText = fc.string({ unit: fc.constantFrom('a', 'b', '/'), maxLength: 6 })

test('it matches as a linear search does, for prefixes and suffixes', () => {
  let found = 0
  fc.assert(
    fc.property(fc.array(anyText, { maxLength: 8 }), fc.array(anyText), (affixes, texts) => {
      const begin = new AffixSet('begin', affixes)
      const end = new AffixSet('end', affixes)
      for (const text of texts) {
        const begins = affixes.some((affix) => text.startsWith(affix))
        expect(begin.matches(text, new StepBudget())).toBe(begins)
        const ends = affixes.some((affix) => text.endsWith(affix))
        expect(end.matches(text, new StepBudget())).toBe(ends)
        found += Number(begins) + Number(ends)
      }
    }),
    { numRuns: 1000 },
  )
  expect(found).toBeGreaterThan(100)
})

test.each(['begin', 'end'] as const)(
  'a hundred long affixes that almost match take a few comparisons: %s',
  (side) => {
    const alike = 'x'.repeat(1000)
    const affixes = Array.from({ length: 100 }, (_, index) =>
      side === 'begin' ? `${alike}${index}` : `${index}${alike}`,
    )
    const budget = new StepBudget()
    const before = budget.left
    const text = side === 'begin' ? `${alike}/${alike}` : `${alike}/${alike}`
    expect(new AffixSet(side, affixes).matches(text, budget)).toBe(false)
    expect(before - budget.left).toBeLessThan(8 * 1010)
  },
)

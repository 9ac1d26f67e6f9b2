import fc from 'fast-check'
import { expect, test } from 'vitest'
import { newSample, SAMPLE_LENGTH } from './sample.ts'
import { decodeEntries, encodeEntries } from './sample-codec.ts'

const number = fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.maxSafeNat())
const entry = fc.record({
  part: fc.nat(),
  slot: fc.nat(11),
  tally: fc.array(number, { minLength: SAMPLE_LENGTH, maxLength: SAMPLE_LENGTH }),
})
const entries = fc.uniqueArray(entry, { selector: ({ part, slot }) => `${part}/${slot}` })

test('what was written is read', () => {
  fc.assert(
    fc.property(entries, (all) => {
      expect(decodeEntries(encodeEntries(all), () => true)).toEqual(all)
      const [first] = all
      if (!first) return
      const some = decodeEntries(encodeEntries(all), (part) => part === first.part)
      expect(some).toEqual(all.filter(({ part }) => part === first.part))
    }),
  )
})

test('two texts one after the other add up', () => {
  const tally = newSample().map((_, place) => place)
  const bytes = encodeEntries([{ part: 1, slot: 2, tally }])
  const [both] = decodeEntries(Buffer.concat([bytes, bytes]), () => true)
  expect(both?.tally).toEqual(tally.map((count, place) => (place === 1 ? count : 2 * count)))
})

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { newSample, SAMPLE_LENGTH } from './sample.ts'
import { decodeSamples, encodeSamples } from './sample-codec.ts'

const number = fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.maxSafeNat())
const stored = fc.record({
  part: fc.nat(),
  slot: fc.nat(11),
  sample: fc.array(number, { minLength: SAMPLE_LENGTH, maxLength: SAMPLE_LENGTH }),
})
const samples = fc.uniqueArray(stored, { selector: ({ part, slot }) => `${part}/${slot}` })

test('decoding reverses encoding', () => {
  fc.assert(
    fc.property(samples, (all) => {
      expect(decodeSamples(encodeSamples(all), () => true)).toEqual(all)
      const [first] = all
      if (!first) return
      const some = decodeSamples(encodeSamples(all), (part) => part === first.part)
      expect(some).toEqual(all.filter(({ part }) => part === first.part))
    }),
  )
})

test('concatenated encodings are added up, except open connections, which are the maximum', () => {
  const sample = newSample().map((_, index) => index)
  const bytes = encodeSamples([{ part: 1, slot: 2, sample }])
  const [both] = decodeSamples(Buffer.concat([bytes, bytes]), () => true)
  expect(both?.sample).toEqual(sample.map((count, index) => (index === 1 ? count : 2 * count)))
})

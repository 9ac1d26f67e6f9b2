import { WHOLE } from './parts.ts'
import { aggregateOverTime, newSample } from './sample.ts'
import { decodeSamples, type StoredSample } from './sample-codec.ts'
import type { Records } from './traffic-records.ts'
import type { LbMinute } from './traffic-slots.ts'

/** The key of the whole load balancer. Its parts have keys from 1. */
export const WHOLE_KEY = 0

/** The samples of a minute as they are recorded at both resolutions. */
export function storedSamples(
  parts: LbMinute,
  keyOf: (part: string) => number,
): { bySlot: StoredSample[]; wholeMinute: StoredSample[] } {
  const bySlot: StoredSample[] = []
  const wholeMinute: StoredSample[] = []
  for (const [name, samples] of parts) {
    const part = name === WHOLE ? WHOLE_KEY : keyOf(name)
    const sum = newSample()
    for (const [slot, sample] of samples) {
      bySlot.push({ part, slot, sample })
      aggregateOverTime(sum, sample)
    }
    wholeMinute.push({ part, slot: 0, sample: sum })
  }
  return { bySlot, wholeMinute }
}

/** The recorded samples of some parts in a minute, by slot. */
export function slotsOf(
  minute: number,
  entries: Uint8Array,
  includesPart: (part: number) => boolean,
): Records['samples'] {
  const bySlot = Map.groupBy(decodeSamples(entries, includesPart), ({ slot }) => slot)
  return [...bySlot].map(([slot, samples]) => ({
    minute,
    slot,
    parts: samples.map(({ sample }) => sample),
  }))
}

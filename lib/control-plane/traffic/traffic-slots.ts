import type { Region } from '#lib/core/locality.ts'
import { REGIONS } from '#lib/core/regions.ts'
import { isRecorded } from './parts.ts'
import { aggregateOverTime, type Sample } from './sample.ts'

/** The highest resolution that is recorded. Seconds. */
export const SLOT_S = 5
export const MINUTE_S = 60

/** One minute of a load balancer: the samples of each part by slot. */
export type LbMinute = Map<string, Map<number, Sample>>

/** Five seconds from `at` (Unix seconds): the samples by load balancer and part, and the regions with connected nodes. */
export type Slot = { at: number; lbs: Map<string, Map<string, Sample>>; connected: Set<Region> }

export function newSlot(at: number): Slot {
  return { at, lbs: new Map(), connected: new Set() }
}

/** The samples of a load balancer in a slot, by part. */
export function samplesOf({ lbs }: Slot, lbId: string): Map<string, Sample> {
  const existing = lbs.get(lbId)
  if (existing) return existing
  const created = new Map<string, Sample>()
  lbs.set(lbId, created)
  return created
}

export function addSample(parts: Map<string, Sample>, part: string, sample: Sample): void {
  const existing = parts.get(part)
  if (existing) aggregateOverTime(existing, sample)
  else parts.set(part, [...sample])
}

/** Groups the slots of one minute by load balancer. */
export function lbMinutes(slots: readonly Slot[]): Map<string, LbMinute> {
  const minutes = new Map<string, LbMinute>()
  for (const { at, lbs } of slots) {
    for (const [lbId, parts] of lbs) {
      for (const [part, sample] of parts) {
        if (!isRecorded(part)) continue
        const minute: LbMinute = minutes.get(lbId) ?? new Map()
        const bySlot = minute.get(part) ?? new Map<number, Sample>()
        bySlot.set(numberOf(at), sample)
        minute.set(part, bySlot)
        minutes.set(lbId, minute)
      }
    }
  }
  return minutes
}

/** The slots of one minute in which a region's nodes were connected, as bits. Regions without connected nodes are omitted. */
export function connectedBits(slots: readonly Slot[]): Map<Region, number> {
  const regions = REGIONS.map((region) => {
    const connected = slots.filter((slot) => slot.connected.has(region))
    return [region, connected.reduce((bits, { at }) => bits | (1 << numberOf(at)), 0)] as const
  })
  return new Map(regions.filter(([, bits]) => bits > 0))
}

/** A slot's number in its minute. */
const numberOf = (at: number) => (at % MINUTE_S) / SLOT_S

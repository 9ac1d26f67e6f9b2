import type { Region } from '#lib/core/locality.ts'
import type { TrafficRates } from '#lib/core/traffic.ts'
import { contain } from '#lib/process/faults.ts'
import type { NodeReport } from '#lib/protocol/report.ts'
import { CounterBaselines, partsOfReport } from './counter-baselines.ts'
import { isRecorded } from './parts.ts'
import { newSample, SAMPLE_OFFSETS, type Sample } from './sample.ts'
import { type BucketTimes, TrafficBuckets } from './traffic-buckets.ts'
import { SLOTS, TrafficFile } from './traffic-file.ts'
import { ratesOf } from './traffic-rates.ts'
import {
  addSample,
  connectedBits,
  lbMinutes,
  MINUTE_S,
  newSlot,
  SLOT_S,
  type Slot,
  samplesOf,
} from './traffic-slots.ts'

/** If the clock steps back by less than this, recording continues in the latest slot. */
const STEP_BACK_S = 60
const HOUR_S = 3600
const TICK_MS = 1000

/** A worker of a node. `id` is unique among all workers. */
export type TrafficSource = { id: string; region: Region }

export type TrafficQuery = {
  lbId: string
  region: Region
  times: BucketTimes
  includesPart: (part: string) => boolean
}

/**
 * The traffic history of each load balancer: the increments of workers' counters in slots of five seconds. The current minute
 * is in memory. Earlier minutes are on disk, as slots for an hour and as sums for seven days.
 * The parameters `now` and `startedAt` are Unix milliseconds.
 */
export class TrafficHistory {
  readonly #file: TrafficFile
  readonly #onError: (error: unknown) => void
  readonly #timer: NodeJS.Timeout
  /** When recording started: when the process started or the clock was set back. Unix milliseconds. */
  #startedAt: number
  /** The baselines, by worker. */
  readonly #baselines = new Map<string, CounterBaselines>()
  /** The open streams, by worker. */
  readonly #streams = new Map<string, { region: Region }>()
  /** The deleted load balancers. Late reports may still contain them. */
  readonly #deleted = new Set<string>()
  /** The slots that are not on disk yet, and always the two latest. */
  #slots: Slot[] = []
  /** Slots before this time are on disk. Unix seconds. */
  #writtenUntil = 0

  constructor(file: string, onError: (error: unknown) => void, startedAt = Date.now()) {
    this.#file = new TrafficFile(file)
    this.#file.startRecording(Math.floor(startedAt / 1000 / MINUTE_S))
    this.#onError = onError
    this.#startedAt = startedAt
    const onTick = contain('traffic history', () => this.tick())
    this.#timer = setInterval(onTick, TICK_MS).unref()
  }

  /** Writes the current minute, and closes the file. */
  close(): void {
    clearInterval(this.#timer)
    this.#attempt(() => this.#write(Number.POSITIVE_INFINITY))
    this.#file.close()
  }

  /** Records that a worker has opened its stream. @returns a function to call when the stream ends */
  connect({ id, region }: TrafficSource): (now?: number) => void {
    const stream = { region }
    this.#streams.set(id, stream)
    return (now = Date.now()) => {
      if (this.#streams.get(id) !== stream) return
      this.#streams.delete(id)
      this.#baselinesOf(id).disconnect(now)
    }
  }

  /** Adds the increments of a worker's report to the current slot. */
  receive({ id }: TrafficSource, { lbs }: NodeReport, now = Date.now()): void {
    const slot = this.#slotAt(now)
    for (const report of lbs) {
      if (this.#deleted.has(report.lb_id)) continue
      const samples = samplesOf(slot, report.lb_id)
      const increments = this.#baselinesOf(id).increments(report)
      for (const [part] of partsOfReport(report)) {
        const sample = increments.get(part) ?? newSample()
        sample[SAMPLE_OFFSETS.open] = this.#openConnections(report.lb_id, part)
        if (sample.some((count) => count > 0)) addSample(samples, part, sample)
      }
    }
  }

  /** Deletes the history of a deleted load balancer. If that fails, the next start deletes it (`keepOnly`). */
  forget(lbId: string): void {
    this.#deleted.add(lbId)
    for (const baselines of this.#baselines.values()) baselines.delete(lbId)
    for (const { lbs } of this.#slots) lbs.delete(lbId)
    this.#attempt(() => this.#file.forget(lbId))
  }

  /** Deletes the history of all load balancers but these. */
  keepOnly(lbIds: readonly string[]): void {
    const existing = new Set(lbIds)
    this.#attempt(() => {
      for (const lbId of this.#file.lbIds) if (!existing.has(lbId)) this.#file.forget(lbId)
    })
  }

  /** Starts a new slot if one is due, and writes complete minutes. A failed write is retried at the next tick. */
  tick(now = Date.now()): void {
    this.#slotAt(now)
    this.#attempt(() => this.#write(Math.floor(now / 1000 / MINUTE_S) * MINUTE_S))
  }

  read(query: TrafficQuery): TrafficBuckets {
    const buckets = new TrafficBuckets(query.times)
    this.#readFile(query, buckets)
    for (const { at, lbs, connected } of this.#slots) {
      if (connected.has(query.region)) buckets.markConnected(at)
      if (at < this.#writtenUntil) continue
      const samples = [...(lbs.get(query.lbId) ?? [])]
      const included = samples.filter(([part]) => isRecorded(part) && query.includesPart(part))
      buckets.add(
        at,
        included.map(([, sample]) => sample),
      )
    }
    return buckets
  }

  /** The parts that had traffic since a time in Unix seconds. */
  partsSince(lbId: string, since: number): Set<string> {
    const inMemory = this.#slots.flatMap(({ lbs }) => [...(lbs.get(lbId)?.keys() ?? [])])
    return new Set([...this.#file.partsSince(lbId, since / MINUTE_S), ...inMemory])
  }

  /** The current rates of each part, averaged over the last 5 to 10 seconds. */
  rates(lbId: string, now = Date.now()): TrafficRates {
    this.#slotAt(now)
    const recent = this.#slots.filter(({ at }) => now / 1000 - at < 2 * SLOT_S)
    const since = Math.max(recent[0]?.at ?? 0, this.#startedAt / 1000)
    const sums = new Map<string, Sample>()
    for (const { lbs } of recent) {
      for (const [part, sample] of lbs.get(lbId) ?? []) addSample(sums, part, sample)
    }
    return ratesOf(sums, Math.max(1, now / 1000 - since))
  }

  #readFile({ lbId, region, times, includesPart }: TrafficQuery, buckets: TrafficBuckets): void {
    const resolution = times.end - times.start <= HOUR_S ? 'slots' : 'minutes'
    const from = Math.floor(times.start / MINUTE_S)
    const to = Math.floor((times.end - 1) / MINUTE_S)
    for (const [minute, bits] of this.#file.connectedSlots(region, from, to)) {
      for (let slot = 0; slot < SLOTS; slot += 1) {
        if (bits & (1 << slot)) buckets.markConnected(minute * MINUTE_S + slot * SLOT_S)
      }
    }
    for (const { minute, samples } of this.#file.read(resolution, {
      lbId,
      from,
      to,
      includesPart,
    })) {
      for (const [slot, parts] of Map.groupBy(samples, (stored) => stored.slot)) {
        buckets.add(
          minute * MINUTE_S + slot * SLOT_S,
          parts.map(({ sample }) => sample),
        )
      }
    }
  }

  #baselinesOf(id: string): CounterBaselines {
    const existing = this.#baselines.get(id)
    if (existing) return existing
    const created = new CounterBaselines(this.#startedAt)
    this.#baselines.set(id, created)
    return created
  }

  /** The open connections of a part on all nodes. */
  #openConnections(lbId: string, part: string): number {
    let open = 0
    for (const baselines of this.#baselines.values()) open += baselines.openConnections(lbId, part)
    return open
  }

  #slotAt(now: number): Slot {
    const at = Math.floor(now / 1000 / SLOT_S) * SLOT_S
    const last = this.#slots.at(-1)
    if (last && at < last.at - STEP_BACK_S) this.#stepBack(now)
    const latest = this.#slots.at(-1)
    const slot = latest && latest.at >= at ? latest : this.#startSlot(at)
    for (const { region } of this.#streams.values()) slot.connected.add(region)
    return slot
  }

  /** Writes the slots from before the clock was set back, and continues at the new time. */
  #stepBack(now: number): void {
    this.#attempt(() => this.#write(Number.POSITIVE_INFINITY))
    this.#slots = []
    this.#writtenUntil = 0
    this.#startedAt = now
    for (const baselines of this.#baselines.values()) baselines.stepBack(now)
    this.#file.startRecording(Math.floor(now / 1000 / MINUTE_S))
  }

  /** Starts a slot with the open connections of the last reports, because idle load balancers send no new ones. */
  #startSlot(at: number): Slot {
    const slot = newSlot(at)
    this.#slots.push(slot)
    for (const baselines of this.#baselines.values()) {
      for (const report of baselines.withOpenConnections) {
        const samples = samplesOf(slot, report.lb_id)
        for (const [part] of partsOfReport(report)) {
          const sample = newSample()
          const open = this.#openConnections(report.lb_id, part)
          sample[SAMPLE_OFFSETS.open] = open
          if (open > 0) addSample(samples, part, sample)
        }
      }
    }
    return slot
  }

  /** Writes the slots before a time in Unix seconds. If that keeps failing, the latest ten minutes stay in memory. */
  #write(until: number): void {
    const due = this.#slots.filter(({ at }) => at >= this.#writtenUntil && at < until)
    for (const [minute, slots] of Map.groupBy(due, ({ at }) => Math.floor(at / MINUTE_S))) {
      this.#file.write(minute, lbMinutes(slots), connectedBits(slots))
      this.#writtenUntil = (minute + 1) * MINUTE_S
    }
    const unwritten = this.#slots.filter(({ at }) => at >= this.#writtenUntil)
    this.#slots = this.#slots.slice(-Math.max(2, Math.min(unwritten.length, 10 * SLOTS)))
  }

  #attempt(write: () => void): void {
    try {
      write()
    } catch (error) {
      this.#onError(error)
    }
  }
}

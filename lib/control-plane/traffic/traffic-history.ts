import type { Region } from '#lib/core/locality.ts'
import type { TrafficRates } from '#lib/core/traffic.ts'
import { contain, detach } from '#lib/process/faults.ts'
import type { NodeReport } from '#lib/protocol/report.ts'
import type { Authority } from '../authority/authority.ts'
import type { Term } from '../leadership/term.ts'
import { TermEnded } from '../leadership/term-ended.ts'
import { CounterBaselines, partsOfReport } from './counter-baselines.ts'
import { isRecorded, WHOLE } from './parts.ts'
import { RecentResponses } from './recent-responses.ts'
import { newSample, SAMPLE_OFFSETS, type Sample } from './sample.ts'
import { type BucketTimes, TrafficBuckets } from './traffic-buckets.ts'
import { ratesOf } from './traffic-rates.ts'
import { SLOTS, type TrafficRecords } from './traffic-records.ts'
import { addSample, MINUTE_S, newSlot, SLOT_S, type Slot, samplesOf } from './traffic-slots.ts'

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
 * is in memory. Earlier minutes are recorded, as slots for an hour and as sums for seven days. Where several processes share the records,
 * each has what it has counted itself in memory, and the leader records.
 * The parameters `now` and `startedAt` are Unix milliseconds.
 */
export class TrafficHistory {
  /** The responses of the last five minutes, as this process has seen them in reports. */
  readonly recentResponses = new RecentResponses()
  readonly #records: TrafficRecords
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
  /** The slots that are not recorded yet, and always the two latest. */
  #slots: Slot[] = []
  /** Null while another process records. */
  #authority: Authority | null = null
  /** What is read from and written to the records, one after the other. */
  #queue: Promise<void> = Promise.resolve()
  #isWriting = false
  #refreshedAt = 0

  constructor(records: TrafficRecords, onError: (error: unknown) => void, startedAt = Date.now()) {
    this.#records = records
    this.#onError = onError
    this.#startedAt = startedAt
    const onTick = contain('traffic history', () => detach('traffic history', () => this.tick()))
    this.#timer = setInterval(onTick, TICK_MS).unref()
  }

  /** Records during a term, from the last recorded slot. @returns a function that ends it */
  async startRecording(
    { authority, ended }: Term,
    now = Date.now(),
  ): Promise<(now?: number) => Promise<void>> {
    await this.#records.startRecording(Math.floor(now / 1000 / MINUTE_S), authority)
    this.#authority = authority
    return async (now = Date.now()) => {
      // Others have the slots that this process has not recorded. What it alone has is recorded when it closes.
      if (this.#records.isShared && !ended.aborted) {
        await this.#write(Math.floor(now / 1000 / SLOT_S) * SLOT_S)
      }
      if (this.#records.isShared) this.#authority = null
    }
  }

  /** Records the current minute if no other process does, and closes the records. */
  async close(): Promise<void> {
    clearInterval(this.#timer)
    if (!this.#records.isShared) await this.#write(Number.POSITIVE_INFINITY)
    await this.#queue
    this.#records.close()
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
      const whole = increments.get(WHOLE)
      if (whole) this.recentResponses.add(report.lb_id, whole)
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
    this.recentResponses.forget(lbId)
    detach('traffic history', () => this.#attempt(() => this.#records.forget(lbId)))
  }

  /** Deletes the history of all load balancers but these. */
  keepOnly(lbIds: readonly string[]): Promise<void> {
    return this.#attempt(() => this.#records.keepOnly(lbIds))
  }

  /** Starts a new slot if one is due, and records complete minutes. A failed write is retried at the next tick. */
  async tick(now = Date.now()): Promise<void> {
    this.#slotAt(now)
    this.recentResponses.prune()
    const minute = Math.floor(now / 1000 / MINUTE_S) * MINUTE_S
    if (this.#authority) {
      const { recordedUntil } = this.#records
      const isDue = this.#slots.some(({ at }) => at >= recordedUntil && at < minute)
      if (isDue && !this.#isWriting) await this.#write(minute)
    } else if (minute !== this.#refreshedAt) {
      this.#refreshedAt = minute
      await this.#attempt(() => this.#records.refresh())
      this.#trim()
    }
  }

  async read(query: TrafficQuery): Promise<TrafficBuckets> {
    const buckets = new TrafficBuckets(query.times)
    const slots = [...this.#slots]
    const recordedUntil = await this.#readRecords(query, buckets)
    for (const { at, lbs, connected } of slots) {
      if (connected.has(query.region)) buckets.markConnected(at)
      if (at < recordedUntil) continue
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
  async partsSince(lbId: string, since: number): Promise<Set<string>> {
    const inMemory = this.#slots.flatMap(({ lbs }) => [...(lbs.get(lbId)?.keys() ?? [])])
    const minute = Math.floor(since / MINUTE_S)
    return new Set([...(await this.#records.partsSince(lbId, minute)), ...inMemory])
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

  /** @returns until when it is recorded, in Unix seconds */
  async #readRecords(query: TrafficQuery, buckets: TrafficBuckets): Promise<number> {
    const { lbId, region, times, includesPart } = query
    const resolution = times.end - times.start <= HOUR_S ? 'slots' : 'minutes'
    const from = Math.floor(times.start / MINUTE_S)
    const to = Math.floor((times.end - 1) / MINUTE_S)
    const asked = { lbId, region, resolution, from, to, includesPart } as const
    const { recordedUntil, connected, samples } = await this.#records.read(asked)
    for (const [minute, bits] of connected) {
      for (let slot = 0; slot < SLOTS; slot += 1) {
        if (bits & (1 << slot)) buckets.markConnected(minute * MINUTE_S + slot * SLOT_S)
      }
    }
    for (const { minute, slot, parts } of samples) {
      buckets.add(minute * MINUTE_S + slot * SLOT_S, parts)
    }
    return recordedUntil
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

  /** Records the slots from before the clock was set back, and continues at the new time. */
  #stepBack(now: number): void {
    const slots = this.#slots
    const authority = this.#authority
    this.#slots = []
    this.#startedAt = now
    for (const baselines of this.#baselines.values()) baselines.stepBack(now)
    if (!authority) return
    detach('traffic history', () =>
      this.#attempt(async () => {
        await this.#records.write(slots, Number.POSITIVE_INFINITY)
        await this.#records.startRecording(Math.floor(now / 1000 / MINUTE_S), authority)
      }),
    )
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

  /** Records the slots before a time in Unix seconds. */
  async #write(until: number): Promise<void> {
    this.#isWriting = true
    await this.#attempt(() => this.#records.write(this.#slots, until))
    this.#isWriting = false
    this.#trim()
  }

  /** Forgets recorded slots. If recording keeps failing, the latest ten minutes stay in memory. */
  #trim(): void {
    const { recordedUntil } = this.#records
    const unwritten = this.#slots.filter(({ at }) => at >= recordedUntil)
    this.#slots = this.#slots.slice(-Math.max(2, Math.min(unwritten.length, 10 * SLOTS)))
  }

  /** Resolves when `work`, and what was queued before it, is done or has failed. */
  #attempt(work: () => Promise<void>): Promise<void> {
    this.#queue = this.#attemptAfter(this.#queue, work)
    return this.#queue
  }

  async #attemptAfter(before: Promise<void>, work: () => Promise<void>): Promise<void> {
    await before
    try {
      await work()
    } catch (error) {
      if (!(error instanceof TermEnded)) this.#onError(error)
    }
  }
}

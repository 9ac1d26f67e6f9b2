import type { Region } from '#lib/core/locality.ts'
import { REGIONS } from '#lib/core/regions.ts'
import type { TrafficRate, TrafficRates } from '#lib/core/traffic.ts'
import { contain } from '#lib/process/faults.ts'
import type { NodeReport } from '#lib/protocol/report.ts'
import { nodeOf, nodePlace, type WorkerName } from '#lib/protocol/stream.ts'
import { CounterBaselines, partsOfReport } from './counter-baselines.ts'
import { isKept, serverOf } from './parts.ts'
import { addLater, newSample, SAMPLE_OFFSETS, type Sample } from './sample.ts'
import { Steps, type StepTimes } from './steps.ts'
import { type LbMinute, SLOTS, TrafficFile } from './traffic-file.ts'

/** The shortest span that is kept. Seconds. */
export const SLOT_S = 5
const MINUTE_S = 60
/** After a smaller step back, recording stays in the latest slot. */
const STEP_BACK_S = 60
const HOUR_S = 3600
const TICK_MS = 1000

/** One slot of five seconds: what passed, by load balancer and part, and which regions could be heard. */
type Slot = { at: number; lbs: Map<string, Map<string, Sample>>; known: Set<Region> }

export type TrafficQuery = {
  lbId: string
  region: Region
  times: StepTimes
  wanted: (part: string) => boolean
}

/**
 * How much traffic each load balancer had: what nodes' reports add to their counters, in slots of five seconds. The
 * present minute is in memory, earlier ones are on disk: five seconds for an hour, a minute for seven days.
 * Times that come in are Unix milliseconds.
 */
export class TrafficHistory {
  readonly #file: TrafficFile
  readonly #onError: (error: unknown) => void
  readonly #timer: NodeJS.Timeout
  /** When this run of the clock began: at the start, or when it was set back. Unix milliseconds. */
  #startedAt: number
  readonly #nodes = new Map<WorkerName, CounterBaselines>()
  readonly #streams = new Map<WorkerName, symbol>()
  /** Deleted load balancers, of which a late report may still come. */
  readonly #gone = new Set<string>()
  /** Not yet on disk, and the two latest. */
  #slots: Slot[] = []
  /** What is before this has been written. Unix seconds. */
  #writtenUntil = 0

  constructor(file: string, onError: (error: unknown) => void, startedAt = Date.now()) {
    this.#file = new TrafficFile(file)
    this.#file.begin(Math.floor(startedAt / 1000 / MINUTE_S))
    this.#onError = onError
    this.#startedAt = startedAt
    const onTick = contain('traffic history', () => this.tick())
    this.#timer = setInterval(onTick, TICK_MS).unref()
  }

  /** Writes the present minute as well. */
  close(): void {
    clearInterval(this.#timer)
    try {
      this.#write(Number.POSITIVE_INFINITY)
    } catch (error) {
      this.#onError(error)
    }
    this.#file.close()
  }

  /** A node, or one of its workers, has opened its stream. Call what is returned when it ends. */
  connect(node: WorkerName): (now?: number) => void {
    const stream = Symbol(node)
    this.#streams.set(node, stream)
    return (now = Date.now()) => {
      if (this.#streams.get(node) !== stream) return
      this.#streams.delete(node)
      this.#baselines(node).lose(now)
    }
  }

  receive(node: WorkerName, { lbs }: NodeReport, now = Date.now()): void {
    const slot = this.#slotAt(now)
    for (const report of lbs) {
      if (this.#gone.has(report.lb_id)) continue
      const parts = tallies(slot, report.lb_id)
      const added = this.#baselines(node).take(report)
      for (const [part] of partsOfReport(report)) {
        const open = this.#openOf(report.lb_id, part)
        const tally = added.get(part) ?? newSample()
        tally[SAMPLE_OFFSETS.open] = open
        if (tally.some((count) => count > 0)) addTo(parts, part, tally)
      }
    }
  }

  /** A load balancer is gone, and its history with it. */
  forget(lbId: string): void {
    this.#gone.add(lbId)
    for (const baselines of this.#nodes.values()) baselines.forget(lbId)
    for (const { lbs } of this.#slots) lbs.delete(lbId)
    try {
      this.#file.forget(lbId)
    } catch (error) {
      // It is deleted all the same; the next start forgets it.
      this.#onError(error)
    }
  }

  /** Forgets all but these: what was deleted while nothing was heard of it. */
  keepOnly(lbIds: readonly string[]): void {
    const existing = new Set(lbIds)
    try {
      for (const lbId of this.#file.lbIds) if (!existing.has(lbId)) this.#file.forget(lbId)
    } catch (error) {
      this.#onError(error)
    }
  }

  /** Begins new slots and writes minutes that are over. */
  tick(now = Date.now()): void {
    this.#slotAt(now)
    try {
      this.#write(Math.floor(now / 1000 / MINUTE_S) * MINUTE_S)
    } catch (error) {
      // What could not be written is tried again; it is given up when it is older than what is kept in memory.
      this.#onError(error)
    }
  }

  /** What is known of a time span, in steps. */
  read(query: TrafficQuery): Steps {
    const steps = new Steps(query.times)
    this.#readFile(query, steps)
    for (const { at, lbs, known } of this.#slots) {
      if (known.has(query.region)) steps.know(at)
      if (at < this.#writtenUntil) continue
      const all = [...(lbs.get(query.lbId) ?? [])]
      const parts = all.filter(([part]) => isKept(part) && query.wanted(part))
      steps.add(
        at,
        parts.map(([, tally]) => tally),
      )
    }
    return steps
  }

  /** Servers, by part, that had traffic since a time in Unix seconds. */
  partsSince(lbId: string, since: number): Set<string> {
    const present = this.#slots.flatMap(({ lbs }) => [...(lbs.get(lbId)?.keys() ?? [])])
    return new Set([...this.#file.partsSince(lbId, since / MINUTE_S), ...present])
  }

  /** How much passes now over each part, by the second. */
  rates(lbId: string, now = Date.now()): TrafficRates {
    this.#slotAt(now)
    const recent = this.#slots.filter(({ at }) => now / 1000 - at < 2 * SLOT_S)
    const since = Math.max(recent[0]?.at ?? 0, this.#startedAt / 1000)
    const seconds = Math.max(1, now / 1000 - since)
    const sums = new Map<string, Sample>()
    for (const { lbs } of recent) {
      for (const [part, tally] of lbs.get(lbId) ?? []) addTo(sums, part, tally)
    }
    return ratesOf(sums, seconds)
  }

  #readFile({ lbId, region, times, wanted }: TrafficQuery, steps: Steps): void {
    // Of the last hour there is every slot, of what is longer ago every minute.
    const grain = times.end - times.start <= HOUR_S ? 'slots' : 'minutes'
    const from = Math.floor(times.start / MINUTE_S)
    const to = Math.floor((times.end - 1) / MINUTE_S)
    for (const [minute, slots] of this.#file.known(region, from, to)) {
      const at = minute * MINUTE_S
      for (let slot = 0; slot < SLOTS; slot += 1) {
        if (slots & (1 << slot)) steps.know(at + slot * SLOT_S)
      }
    }
    for (const { minute, entries } of this.#file.read(grain, { lbId, from, to, wanted })) {
      for (const [slot, group] of Map.groupBy(entries, (entry) => entry.slot)) {
        const parts = group.map(({ tally }) => tally)
        steps.add(minute * MINUTE_S + slot * SLOT_S, parts)
      }
    }
  }

  #baselines(node: WorkerName): CounterBaselines {
    const existing = this.#nodes.get(node)
    if (existing) return existing
    const created = new CounterBaselines(this.#startedAt)
    this.#nodes.set(node, created)
    return created
  }

  #openOf(lbId: string, part: string): number {
    let open = 0
    for (const baselines of this.#nodes.values()) open += baselines.openOf(lbId, part)
    return open
  }

  #slotAt(now: number): Slot {
    const at = Math.floor(now / 1000 / SLOT_S) * SLOT_S
    const last = this.#slots.at(-1)
    if (last && at < last.at - STEP_BACK_S) this.#stepBack(now)
    const latest = this.#slots.at(-1)
    const slot =
      latest && latest.at >= at ? latest : { at, lbs: new Map(), known: new Set<Region>() }
    if (slot !== latest) this.#begin(slot)
    for (const node of this.#streams.keys()) slot.known.add(nodePlace(nodeOf(node)).region)
    return slot
  }

  /** After a step back: writes the counts at the former time, and continues at the new one. */
  #stepBack(now: number): void {
    try {
      this.#write(Number.POSITIVE_INFINITY)
    } catch (error) {
      this.#onError(error)
    }
    this.#slots = []
    this.#writtenUntil = 0
    this.#startedAt = now
    for (const baselines of this.#nodes.values()) baselines.stepBack(now)
    this.#file.begin(Math.floor(now / 1000 / MINUTE_S))
  }

  /** Connections that stay open without a byte are reported by nobody, and are there all the same. */
  #begin(slot: Slot): void {
    this.#slots.push(slot)
    for (const baselines of this.#nodes.values()) {
      for (const report of baselines.open) {
        const parts = tallies(slot, report.lb_id)
        for (const [part] of partsOfReport(report)) {
          const tally = newSample()
          tally[SAMPLE_OFFSETS.open] = this.#openOf(report.lb_id, part)
          if ((tally[SAMPLE_OFFSETS.open] ?? 0) > 0) addTo(parts, part, tally)
        }
      }
    }
  }

  #write(until: number): void {
    const due = this.#slots.filter(({ at }) => at >= this.#writtenUntil && at < until)
    for (const [minute, slots] of Map.groupBy(due, ({ at }) => Math.floor(at / MINUTE_S))) {
      this.#file.write(minute, minutesOf(slots), knownOf(slots))
      this.#writtenUntil = (minute + 1) * MINUTE_S
    }
    const unwritten = this.#slots.filter(({ at }) => at >= this.#writtenUntil)
    this.#slots = this.#slots.slice(-Math.max(2, Math.min(unwritten.length, 10 * SLOTS)))
  }
}

function tallies({ lbs }: Slot, lbId: string): Map<string, Sample> {
  const existing = lbs.get(lbId)
  if (existing) return existing
  const created = new Map<string, Sample>()
  lbs.set(lbId, created)
  return created
}

function addTo(parts: Map<string, Sample>, part: string, tally: Sample): void {
  const existing = parts.get(part)
  if (existing) addLater(existing, tally)
  else parts.set(part, [...tally])
}

function minutesOf(slots: readonly Slot[]): Map<string, LbMinute> {
  const minutes = new Map<string, LbMinute>()
  for (const { at, lbs } of slots) {
    for (const [lbId, parts] of lbs) {
      for (const [part, tally] of parts) {
        if (!isKept(part)) continue
        const minute: LbMinute = minutes.get(lbId) ?? new Map()
        const bySlot = minute.get(part) ?? new Map<number, Sample>()
        bySlot.set((at % MINUTE_S) / SLOT_S, tally)
        minute.set(part, bySlot)
        minutes.set(lbId, minute)
      }
    }
  }
  return minutes
}

function knownOf(slots: readonly Slot[]): Map<Region, number> {
  const known = REGIONS.map((region) => {
    const heard = slots.filter((slot) => slot.known.has(region))
    const bits = heard.reduce((sum, { at }) => sum | (1 << ((at % MINUTE_S) / SLOT_S)), 0)
    return [region, bits] as const
  })
  return new Map(known.filter(([, bits]) => bits > 0))
}

function ratesOf(sums: ReadonlyMap<string, Sample>, seconds: number): TrafficRates {
  const rates: TrafficRates = { frontends: {}, backends: {}, servers: {} }
  const perSecond = (count = 0) => Math.round((count / seconds) * 10) / 10
  for (const [part, tally] of sums) {
    const rate: TrafficRate = {
      requests: perSecond(tally[SAMPLE_OFFSETS.requests]),
      connections: perSecond(tally[SAMPLE_OFFSETS.connections]),
    }
    if (rate.requests === 0 && rate.connections === 0) continue
    const server = serverOf(part)
    if (server) {
      rates.servers[`${server.backend_id}/${server.address}`] = rate
      const { requests = 0, connections = 0 } = rates.backends[server.backend_id] ?? {}
      rates.backends[server.backend_id] = {
        requests: Math.round((requests + rate.requests) * 10) / 10,
        connections: Math.round((connections + rate.connections) * 10) / 10,
      }
    } else if (!isKept(part)) rates.frontends[part.slice('frontend/'.length)] = rate
  }
  return rates
}

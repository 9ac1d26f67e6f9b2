import type { Authority } from '../authority/authority.ts'
import { TermEnded } from '../leadership/term-ended.ts'
import type { Reader, Writer } from '../store/reader.ts'
import type { Store } from '../store/store.ts'
import { yieldEvery } from '../yield-every.ts'
import { WHOLE } from './parts.ts'
import { encodeSamples, type StoredSample } from './sample-codec.ts'
import { slotsOf, storedSamples, WHOLE_KEY } from './stored-samples.ts'
import { TrafficPartKeys } from './traffic-part-keys.ts'
import {
  MINUTE_RETENTION_MINUTES,
  type Records,
  type RecordsQuery,
  type Resolution,
  SEEN_PRECISION_MINUTES,
  SLOT_RETENTION_MINUTES,
  type TrafficRecords,
} from './traffic-records.ts'
import { connectedBits, type LbMinute, lbMinutes, MINUTE_S, type Slot } from './traffic-slots.ts'

/** Rows in one statement. */
const BATCH = 100
/** The clock of a new leader may be this far behind its predecessor's. Seconds. */
const AHEAD_MAX_S = 60

const TABLES = { slots: 'traffic_slots', minutes: 'traffic_minutes' } as const

/**
 * The traffic history in the store's database, where several processes read it and the leader records. How much is recorded is in the
 * database too, so a new leader continues there.
 */
export class TrafficTables implements TrafficRecords {
  readonly isShared = true
  readonly #store: Store
  readonly #keys = new TrafficPartKeys()
  #authority: Authority | null = null
  /** The minute in which recording started, and the last minute that was recorded before. */
  #recording = { from: 0, recordedTo: 0 }
  #recordedUntil = 0

  constructor(store: Store) {
    this.#store = store
  }

  get recordedUntil(): number {
    return this.#recordedUntil
  }

  async startRecording(minute: number, authority: Authority): Promise<void> {
    await this.#store.transaction(authority, async (writer) => {
      const query = writer.selectFrom('traffic_known')
      const last = await query.select(({ fn }) => fn.max('minute').as('minute')).executeTakeFirst()
      this.#recording = { from: minute, recordedTo: Number(last?.minute ?? 0) }
      let until = await recordedUntil(writer)
      if (until > minute * MINUTE_S + MINUTE_S + AHEAD_MAX_S) {
        until = minute * MINUTE_S
        await writer.updateTable('traffic_recording').set({ recorded_until: until }).execute()
      }
      this.#recordedUntil = until
      await this.#keys.load(writer)
    })
    this.#authority = authority
  }

  async write(slots: readonly Slot[], until: number): Promise<void> {
    if (!this.#authority) throw new TermEnded()
    const written = await this.#store.transaction(this.#authority, async (writer) => {
      // Read again, because it is unknown whether the last transaction was committed if the connection ended then.
      const from = await recordedUntil(writer)
      const due = slots.filter(({ at }) => at >= from && at < until)
      const last = due.at(-1)
      if (!last) return from
      for (const [minute, some] of Map.groupBy(due, ({ at }) => Math.floor(at / MINUTE_S))) {
        await this.#writeMinute(writer, minute, some, from)
      }
      const end = Math.min(until, (Math.floor(last.at / MINUTE_S) + 1) * MINUTE_S)
      await writer.updateTable('traffic_recording').set({ recorded_until: end }).execute()
      return end
    })
    this.#recordedUntil = written
  }

  async refresh(): Promise<void> {
    this.#recordedUntil = await recordedUntil(this.#store.reader)
  }

  read(query: RecordsQuery): Promise<Records> {
    const { region, from, to } = query
    return this.#store.snapshot(async (reader) => {
      const known = await reader
        .selectFrom('traffic_known')
        .select(['minute', 'slots'])
        .where('region', '=', region)
        .where('minute', '>=', from)
        .where('minute', '<=', to)
        .execute()
      return {
        recordedUntil: await recordedUntil(reader),
        connected: new Map(known.map(({ minute, slots }) => [minute, slots])),
        samples: await samplesOf(reader, query),
      }
    })
  }

  async partsSince(lbId: string, minute: number): Promise<string[]> {
    const parts = await this.#store.reader
      .selectFrom('traffic_parts')
      .select('name')
      .where('lb_id', '=', lbId)
      .where('seen', '>=', minute - SEEN_PRECISION_MINUTES)
      .execute()
    return parts.map(({ name }) => name)
  }

  /** Rows are deleted with those of their load balancer. */
  async forget(): Promise<void> {}

  async keepOnly(): Promise<void> {}

  close(): void {}

  async #writeMinute(
    writer: Writer,
    minute: number,
    slots: readonly Slot[],
    recordedUntil: number,
  ): Promise<void> {
    const { from, recordedTo } = this.#recording
    if (minute > from && minute <= recordedTo) await clear(writer, minute)
    const lbs = await existing(writer, lbMinutes(slots))
    const keys = await this.#keys.of(writer, lbs, minute)
    const rows: Record<Resolution, [lbId: string, samples: StoredSample[]][]> = {
      slots: [],
      minutes: [],
    }
    const yieldWhenDue = yieldEvery()
    for (const [lbId, parts] of lbs) {
      const { bySlot, wholeMinute } = storedSamples(parts, (part) => keys.of(lbId, part))
      rows.slots.push([lbId, bySlot])
      rows.minutes.push([lbId, wholeMinute])
      await yieldWhenDue()
    }
    // A leader that resigned has recorded the beginning of the minute.
    const isBegun = recordedUntil > minute * MINUTE_S
    for (const resolution of ['slots', 'minutes'] as const) {
      const before = isBegun ? await entriesOf(writer, resolution, minute) : new Map()
      for (let at = 0; at < rows[resolution].length; at += BATCH) {
        const encoded = rows[resolution].slice(at, at + BATCH).map(([lb_id, samples]) => ({
          ...{ lb_id, minute },
          entries: Buffer.concat([before.get(lb_id) ?? Buffer.alloc(0), encodeSamples(samples)]),
        }))
        await writer
          .insertInto(TABLES[resolution])
          .values(encoded)
          .onConflict((conflict) =>
            conflict
              .columns(['lb_id', 'minute'])
              .doUpdateSet(({ ref }) => ({ entries: ref('excluded.entries') })),
          )
          .execute()
      }
    }
    await markConnected(writer, minute, slots)
    await prune(writer, minute)
  }
}

async function recordedUntil(reader: Reader): Promise<number> {
  const query = reader.selectFrom('traffic_recording').select('recorded_until')
  return (await query.executeTakeFirst())?.recorded_until ?? 0
}

/** Without load balancers that are deleted. */
async function existing(
  writer: Writer,
  lbs: Map<string, LbMinute>,
): Promise<Map<string, LbMinute>> {
  const ids = new Set((await writer.selectFrom('lbs').select('id').execute()).map(({ id }) => id))
  return new Map([...lbs].filter(([id]) => ids.has(id)))
}

async function entriesOf(
  writer: Writer,
  resolution: Resolution,
  minute: number,
): Promise<Map<string, Uint8Array>> {
  const query = writer.selectFrom(TABLES[resolution]).select(['lb_id', 'entries'])
  const rows = await query.where('minute', '=', minute).execute()
  return new Map(rows.map(({ lb_id, entries }) => [lb_id, entries]))
}

async function samplesOf(
  reader: Reader,
  { lbId, resolution, from, to, includesPart }: RecordsQuery,
): Promise<Records['samples']> {
  const parts = await reader
    .selectFrom('traffic_parts')
    .select(['key', 'name'])
    .where('lb_id', '=', lbId)
    .execute()
  const keys = new Set(parts.filter(({ name }) => includesPart(name)).map(({ key }) => key))
  if (includesPart(WHOLE)) keys.add(WHOLE_KEY)
  const rows = await reader
    .selectFrom(TABLES[resolution])
    .select(['minute', 'entries'])
    .where('lb_id', '=', lbId)
    .where('minute', '>=', from)
    .where('minute', '<=', to)
    .orderBy('minute')
    .execute()
  return rows.flatMap(({ minute, entries }) => slotsOf(minute, entries, (part) => keys.has(part)))
}

async function markConnected(
  writer: Writer,
  minute: number,
  slots: readonly Slot[],
): Promise<void> {
  for (const [region, bits] of connectedBits(slots)) {
    const query = writer.selectFrom('traffic_known').select('slots').where('region', '=', region)
    const known = await query.where('minute', '=', minute).executeTakeFirst()
    const columns = { slots: bits | (known?.slots ?? 0) }
    await writer
      .insertInto('traffic_known')
      .values({ region, minute, ...columns })
      .onConflict((conflict) => conflict.columns(['region', 'minute']).doUpdateSet(columns))
      .execute()
  }
}

/** Deletes the records of a minute that the clock has reached again. */
async function clear(writer: Writer, minute: number): Promise<void> {
  for (const table of [TABLES.slots, TABLES.minutes, 'traffic_known'] as const) {
    await writer.deleteFrom(table).where('minute', '=', minute).execute()
  }
}

async function prune(writer: Writer, minute: number): Promise<void> {
  const oldest = minute - MINUTE_RETENTION_MINUTES
  const oldestSlots = minute - SLOT_RETENTION_MINUTES
  await writer.deleteFrom(TABLES.slots).where('minute', '<', oldestSlots).execute()
  for (const table of [TABLES.minutes, 'traffic_known'] as const) {
    await writer.deleteFrom(table).where('minute', '<', oldest).execute()
  }
  const seenBefore = oldest - SEEN_PRECISION_MINUTES
  await writer.deleteFrom('traffic_parts').where('seen', '<', seenBefore).execute()
}

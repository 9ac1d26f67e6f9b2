import type { Region } from '#lib/core/locality.ts'
import { SqliteFile } from '../store/dialect/sqlite/sqlite-file.ts'
import { WHOLE } from './parts.ts'
import { encodeSamples, type StoredSample } from './sample-codec.ts'
import { slotsOf, storedSamples } from './stored-samples.ts'
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

/** The range of row keys for the minutes of one load balancer. */
const KEYS_PER_LB = 2 ** 26
/** `known` has a bit for each slot in which a node of the region was connected. */
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS lbs (key INTEGER PRIMARY KEY, lb_id TEXT NOT NULL UNIQUE);
  CREATE TABLE IF NOT EXISTS parts (
    key INTEGER PRIMARY KEY, lb INTEGER NOT NULL, name TEXT NOT NULL, seen INTEGER NOT NULL, UNIQUE (lb, name)
  );
  CREATE TABLE IF NOT EXISTS slots (key INTEGER PRIMARY KEY, entries BLOB NOT NULL);
  CREATE TABLE IF NOT EXISTS minutes (key INTEGER PRIMARY KEY, entries BLOB NOT NULL);
  CREATE TABLE IF NOT EXISTS known (
    region TEXT NOT NULL, minute INTEGER NOT NULL, slots INTEGER NOT NULL, PRIMARY KEY (region, minute)
  );`

type Part = { key: number; seen: number }
type Lb = { key: number; parts: Map<string, Part> }

/**
 * The traffic history on disk. It has a database of its own, which may lose its last minutes in a power cut; the store must lose
 * nothing. Each row is a minute in which a load balancer had traffic.
 */
export class TrafficFile implements TrafficRecords {
  readonly isShared = false
  readonly #file: SqliteFile
  readonly #lbs = new Map<string, Lb>()
  /** The minute in which recording started, and the last minute that was recorded before. */
  #recording = { from: 0, recordedTo: 0 }
  #recordedUntil = 0

  /** @throws Error that explains to the operator why the file can't be opened */
  constructor(file: string) {
    this.#file = new SqliteFile(file, SCHEMA, { synchronous: 'NORMAL' })
    for (const { key, lb_id } of this.#file.all('SELECT key, lb_id FROM lbs')) {
      this.#lbs.set(String(lb_id), { key: Number(key), parts: new Map() })
    }
    const byKey = new Map([...this.#lbs.values()].map((lb) => [lb.key, lb]))
    for (const { key, lb, name, seen } of this.#file.all('SELECT key, lb, name, seen FROM parts')) {
      byKey.get(Number(lb))?.parts.set(String(name), { key: Number(key), seen: Number(seen) })
    }
  }

  get recordedUntil(): number {
    return this.#recordedUntil
  }

  async startRecording(minute: number): Promise<void> {
    this.#recordedUntil = 0
    const [last] = this.#file.all('SELECT max(minute) AS minute FROM known')
    this.#recording = { from: minute, recordedTo: Number(last?.minute ?? 0) }
  }

  close(): void {
    this.#file.close()
  }

  async refresh(): Promise<void> {}

  async write(slots: readonly Slot[], until: number): Promise<void> {
    const due = slots.filter(({ at }) => at >= this.#recordedUntil && at < until)
    for (const [minute, some] of Map.groupBy(due, ({ at }) => Math.floor(at / MINUTE_S))) {
      this.#write(minute, lbMinutes(some), connectedBits(some))
      this.#recordedUntil = (minute + 1) * MINUTE_S
    }
  }

  #write(
    minute: number,
    lbs: ReadonlyMap<string, LbMinute>,
    connected: ReadonlyMap<Region, number>,
  ): void {
    this.#file.transaction(() => {
      const { from, recordedTo } = this.#recording
      if (minute > from && minute <= recordedTo) this.#clear(minute)
      for (const [lbId, parts] of lbs) this.#writeLb(minute, lbId, parts)
      for (const [region, slots] of connected) {
        this.#file.run(
          `INSERT INTO known VALUES (?, ?, ?)
           ON CONFLICT (region, minute) DO UPDATE SET slots = known.slots | excluded.slots`,
          region,
          minute,
          slots,
        )
      }
      this.#prune(minute)
    })
  }

  async keepOnly(lbIds: readonly string[]): Promise<void> {
    const existing = new Set(lbIds)
    for (const lbId of this.#lbs.keys()) if (!existing.has(lbId)) await this.forget(lbId)
  }

  async forget(lbId: string): Promise<void> {
    const lb = this.#lbs.get(lbId)
    if (!lb) return
    this.#file.transaction(() => {
      this.#deleteBefore('slots', lb, KEYS_PER_LB)
      this.#deleteBefore('minutes', lb, KEYS_PER_LB)
      this.#file.run('DELETE FROM parts WHERE lb = ?', lb.key)
      this.#file.run('DELETE FROM lbs WHERE key = ?', lb.key)
    })
    this.#lbs.delete(lbId)
  }

  async read(query: RecordsQuery): Promise<Records> {
    const { region, from, to } = query
    const connected = this.#connectedSlots(region, from, to)
    return { recordedUntil: this.#recordedUntil, connected, samples: this.#samples(query) }
  }

  #samples({ lbId, resolution, from, to, includesPart }: RecordsQuery): Records['samples'] {
    const lb = this.#lbs.get(lbId)
    if (!lb) return []
    const parts = [...lb.parts].filter(([name]) => includesPart(name))
    const keys = new Set(parts.map(([, { key }]) => key))
    if (includesPart(WHOLE)) keys.add(0)
    const sql = `SELECT key, entries FROM ${resolution} WHERE key BETWEEN ? AND ? ORDER BY key`
    return this.#file
      .all(sql, rowKey(lb, from), rowKey(lb, to))
      .flatMap(({ key, entries }) =>
        slotsOf(Number(key) % KEYS_PER_LB, entries as Uint8Array, (part) => keys.has(part)),
      )
  }

  async partsSince(lbId: string, minute: number): Promise<string[]> {
    const parts = [...(this.#lbs.get(lbId)?.parts ?? [])]
    return parts
      .filter(([, { seen }]) => seen + SEEN_PRECISION_MINUTES >= minute)
      .map(([name]) => name)
  }

  #connectedSlots(region: Region, from: number, to: number): Map<number, number> {
    const sql = 'SELECT minute, slots FROM known WHERE region = ? AND minute BETWEEN ? AND ?'
    const rows = this.#file.all(sql, region, from, to)
    return new Map(rows.map(({ minute, slots }) => [Number(minute), Number(slots)]))
  }

  #writeLb(minute: number, lbId: string, parts: LbMinute): void {
    const lb = this.#lbOf(lbId)
    const keyOf = (name: string) => this.#partOf(lb, name, minute)
    const { bySlot, wholeMinute } = storedSamples(parts, keyOf)
    this.#append('slots', rowKey(lb, minute), bySlot)
    this.#append('minutes', rowKey(lb, minute), wholeMinute)
  }

  /** Appends to the row that an earlier process wrote if the control plane restarted within the minute. */
  #append(resolution: Resolution, key: number, samples: readonly StoredSample[]): void {
    const [row] = this.#file.all(`SELECT entries FROM ${resolution} WHERE key = ?`, key)
    const before = (row?.entries as Uint8Array | undefined) ?? new Uint8Array()
    const bytes = Buffer.concat([before, encodeSamples(samples)])
    this.#file.run(
      `INSERT INTO ${resolution} VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET entries = excluded.entries`,
      key,
      bytes,
    )
  }

  /** Deletes the records of a minute that the clock has reached again. */
  #clear(minute: number): void {
    for (const lb of this.#lbs.values()) {
      for (const resolution of ['slots', 'minutes'] as const) {
        this.#file.run(`DELETE FROM ${resolution} WHERE key = ?`, rowKey(lb, minute))
      }
    }
    this.#file.run('DELETE FROM known WHERE minute = ?', minute)
  }

  #lbOf(lbId: string): Lb {
    const existing = this.#lbs.get(lbId)
    if (existing) return existing
    const [row] = this.#file.all('INSERT INTO lbs (lb_id) VALUES (?) RETURNING key', lbId)
    const lb = { key: Number(row?.key), parts: new Map() }
    this.#lbs.set(lbId, lb)
    return lb
  }

  #partOf(lb: Lb, name: string, minute: number): number {
    const existing = lb.parts.get(name)
    if (existing && minute - existing.seen < SEEN_PRECISION_MINUTES) return existing.key
    const [row] = this.#file.all(
      `INSERT INTO parts (lb, name, seen) VALUES (?, ?, ?)
       ON CONFLICT (lb, name) DO UPDATE SET seen = excluded.seen RETURNING key`,
      ...[lb.key, name, minute],
    )
    const key = Number(row?.key)
    lb.parts.set(name, { key, seen: minute })
    return key
  }

  #prune(minute: number): void {
    const oldest = minute - MINUTE_RETENTION_MINUTES
    for (const lb of this.#lbs.values()) {
      this.#deleteBefore('slots', lb, minute - SLOT_RETENTION_MINUTES)
      this.#deleteBefore('minutes', lb, oldest)
      for (const [name, { key, seen }] of lb.parts) {
        if (seen + SEEN_PRECISION_MINUTES >= oldest) continue
        this.#file.run('DELETE FROM parts WHERE key = ?', key)
        lb.parts.delete(name)
      }
    }
    this.#file.run('DELETE FROM known WHERE minute < ?', oldest)
  }

  #deleteBefore(resolution: Resolution, lb: Lb, minute: number): void {
    const sql = `DELETE FROM ${resolution} WHERE key >= ? AND key < ?`
    this.#file.run(sql, rowKey(lb, 0), rowKey(lb, minute))
  }
}

const rowKey = ({ key }: Lb, minute: number) => key * KEYS_PER_LB + minute

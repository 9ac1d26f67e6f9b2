import { DatabaseSync, type StatementSync } from 'node:sqlite'
import type { Region } from '#lib/core/locality.ts'
import { WHOLE } from './parts.ts'
import { addLater, newSample, type Sample } from './sample.ts'
import { decodeEntries, type Entry, encodeEntries } from './sample-codec.ts'

/** Times on disk are minutes since 1970; a minute has twelve slots of five seconds. */
export const SLOTS = 12
const FINE_MINUTES = 61
const COARSE_MINUTES = 7 * 24 * 60
/** Room for the minutes of a load balancer in the key of a row. */
const KEYS_PER_LB = 2 ** 26
/** When a part had traffic last is written down no more often than this. Minutes. */
const SEEN_STEP = 60

/** A minute of one load balancer: the tallies of each part, by slot. */
export type LbMinute = Map<string, Map<number, Sample>>
/** A stored span: twelve a minute, or one. */
export type Resolution = 'slots' | 'minutes'

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS lbs (key INTEGER PRIMARY KEY, lb_id TEXT NOT NULL UNIQUE);
  CREATE TABLE IF NOT EXISTS parts (
    key INTEGER PRIMARY KEY, lb INTEGER NOT NULL, name TEXT NOT NULL, seen INTEGER NOT NULL, UNIQUE (lb, name)
  );
  CREATE TABLE IF NOT EXISTS slots (key INTEGER PRIMARY KEY, entries BLOB NOT NULL);
  CREATE TABLE IF NOT EXISTS minutes (key INTEGER PRIMARY KEY, entries BLOB NOT NULL);
  CREATE TABLE IF NOT EXISTS known (
    region TEXT NOT NULL, minute INTEGER NOT NULL, slots INTEGER NOT NULL, PRIMARY KEY (region, minute)
  ) WITHOUT ROWID;`

type Part = { key: number; seen: number }
type Lb = { key: number; parts: Map<string, Part> }

/**
 * The history on disk, a database of its own: it is written once a minute and a power cut may cost its last minutes,
 * which the product's own database must not allow itself. A row is a minute of a load balancer that had traffic.
 */
export class TrafficFile {
  readonly #db: DatabaseSync
  readonly #prepared = new Map<string, StatementSync>()
  readonly #lbs = new Map<string, Lb>()
  /** The minute in which this run of the clock began, and the last minute written by an earlier run. */
  #clockRun = { from: 0, writtenTo: 0 }

  constructor(file: string) {
    this.#db = new DatabaseSync(file)
    this.#db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL')
    this.#db.exec(SCHEMA)
    for (const { key, lb_id } of this.#all('SELECT key, lb_id FROM lbs')) {
      this.#lbs.set(String(lb_id), { key: Number(key), parts: new Map() })
    }
    const byKey = new Map([...this.#lbs.values()].map((lb) => [lb.key, lb]))
    for (const { key, lb, name, seen } of this.#all('SELECT key, lb, name, seen FROM parts')) {
      byKey.get(Number(lb))?.parts.set(String(name), { key: Number(key), seen: Number(seen) })
    }
  }

  get lbIds(): string[] {
    return [...this.#lbs.keys()]
  }

  /**
   * Recording starts at a minute: the process has started, or the clock was set back. Later minutes that are recorded already
   * stay until the clock reaches them, and are then recorded anew.
   */
  begin(minute: number): void {
    const [last] = this.#all('SELECT max(minute) AS minute FROM known')
    this.#clockRun = { from: minute, writtenTo: Number(last?.minute ?? 0) }
  }

  close(): void {
    this.#db.close()
  }

  /** Adds a minute of every load balancer that had traffic, and drops what is too old. */
  write(
    minute: number,
    lbs: ReadonlyMap<string, LbMinute>,
    known: ReadonlyMap<Region, number>,
  ): void {
    this.#transaction(() => {
      const { from, writtenTo } = this.#clockRun
      if (minute > from && minute <= writtenTo) this.#clear(minute)
      for (const [lbId, parts] of lbs) this.#writeLb(minute, lbId, parts)
      for (const [region, slots] of known) {
        this.#run(
          `INSERT INTO known VALUES (?, ?, ?)
           ON CONFLICT DO UPDATE SET slots = slots | excluded.slots`,
          region,
          minute,
          slots,
        )
      }
      this.#prune(minute)
    })
  }

  /** A load balancer is gone. */
  forget(lbId: string): void {
    const lb = this.#lbs.get(lbId)
    if (!lb) return
    this.#transaction(() => {
      this.#deleteBefore('slots', lb, KEYS_PER_LB)
      this.#deleteBefore('minutes', lb, KEYS_PER_LB)
      this.#run('DELETE FROM parts WHERE lb = ?', lb.key)
      this.#run('DELETE FROM lbs WHERE key = ?', lb.key)
    })
    this.#lbs.delete(lbId)
  }

  /** The rows of some parts from one minute to another, both included, in order. */
  *read(
    grain: Resolution,
    {
      lbId,
      from,
      to,
      wanted,
    }: { lbId: string; from: number; to: number; wanted: (part: string) => boolean },
  ): Generator<{ minute: number; entries: Entry[] }> {
    const lb = this.#lbs.get(lbId)
    if (!lb) return
    const keys = new Set([...lb.parts].filter(([name]) => wanted(name)).map(([, { key }]) => key))
    if (wanted(WHOLE)) keys.add(0)
    const sql = `SELECT key, entries FROM ${grain} WHERE key BETWEEN ? AND ? ORDER BY key`
    for (const row of this.#all(sql, rowKey(lb, from), rowKey(lb, to))) {
      const entries = decodeEntries(row.entries as Uint8Array, (part) => keys.has(part))
      yield { minute: Number(row.key) % KEYS_PER_LB, entries }
    }
  }

  /** The parts that had traffic since a minute. */
  partsSince(lbId: string, minute: number): string[] {
    const parts = [...(this.#lbs.get(lbId)?.parts ?? [])]
    return parts.filter(([, { seen }]) => seen + SEEN_STEP >= minute).map(([name]) => name)
  }

  /** Bits of the slots in which a region's nodes were heard, by minute. */
  known(region: Region, from: number, to: number): Map<number, number> {
    const sql = 'SELECT minute, slots FROM known WHERE region = ? AND minute BETWEEN ? AND ?'
    const rows = this.#all(sql, region, from, to)
    return new Map(rows.map(({ minute, slots }) => [Number(minute), Number(slots)]))
  }

  #writeLb(minute: number, lbId: string, parts: LbMinute): void {
    const lb = this.#lbOf(lbId)
    const slots: Entry[] = []
    const whole: Entry[] = []
    for (const [name, tallies] of parts) {
      const part = name === WHOLE ? 0 : this.#partOf(lb, name, minute)
      const sum = newSample()
      for (const [slot, tally] of tallies) {
        slots.push({ part, slot, tally })
        addLater(sum, tally)
      }
      whole.push({ part, slot: 0, tally: sum })
    }
    this.#append('slots', rowKey(lb, minute), slots)
    this.#append('minutes', rowKey(lb, minute), whole)
  }

  /** Adds to a row that is there already where the control plane was restarted within the minute. */
  #append(grain: Resolution, key: number, entries: readonly Entry[]): void {
    const [row] = this.#all(`SELECT entries FROM ${grain} WHERE key = ?`, key)
    const before = (row?.entries as Uint8Array | undefined) ?? new Uint8Array()
    const bytes = Buffer.concat([before, encodeEntries(entries)])
    this.#run(`INSERT OR REPLACE INTO ${grain} VALUES (?, ?)`, key, bytes)
  }

  /** Deletes the records of a minute that the clock has reached again. */
  #clear(minute: number): void {
    for (const lb of this.#lbs.values()) {
      for (const grain of ['slots', 'minutes'] as const) {
        this.#run(`DELETE FROM ${grain} WHERE key = ?`, rowKey(lb, minute))
      }
    }
    this.#run('DELETE FROM known WHERE minute = ?', minute)
  }

  #lbOf(lbId: string): Lb {
    const existing = this.#lbs.get(lbId)
    if (existing) return existing
    const key = this.#run('INSERT INTO lbs (lb_id) VALUES (?)', lbId)
    const lb = { key, parts: new Map() }
    this.#lbs.set(lbId, lb)
    return lb
  }

  #partOf(lb: Lb, name: string, minute: number): number {
    const existing = lb.parts.get(name)
    if (existing && minute - existing.seen < SEEN_STEP) return existing.key
    if (existing) this.#run('UPDATE parts SET seen = ? WHERE key = ?', minute, existing.key)
    const key =
      existing?.key ??
      this.#run('INSERT INTO parts (lb, name, seen) VALUES (?, ?, ?)', lb.key, name, minute)
    lb.parts.set(name, { key, seen: minute })
    return key
  }

  #prune(minute: number): void {
    const oldest = minute - COARSE_MINUTES
    for (const lb of this.#lbs.values()) {
      this.#deleteBefore('slots', lb, minute - FINE_MINUTES)
      this.#deleteBefore('minutes', lb, oldest)
      for (const [name, { key, seen }] of lb.parts) {
        if (seen + SEEN_STEP >= oldest) continue
        this.#run('DELETE FROM parts WHERE key = ?', key)
        lb.parts.delete(name)
      }
    }
    this.#run('DELETE FROM known WHERE minute < ?', oldest)
  }

  #deleteBefore(grain: Resolution, lb: Lb, minute: number): void {
    const sql = `DELETE FROM ${grain} WHERE key >= ? AND key < ?`
    this.#run(sql, rowKey(lb, 0), rowKey(lb, minute))
  }

  #transaction(work: () => void): void {
    this.#db.exec('BEGIN IMMEDIATE')
    try {
      work()
      this.#db.exec('COMMIT')
    } catch (error) {
      this.#db.exec('ROLLBACK')
      throw error
    }
  }

  #all(sql: string, ...values: (string | number)[]) {
    return this.#statement(sql).all(...values)
  }

  /** @returns the key of the row inserted */
  #run(sql: string, ...values: (string | number | Uint8Array)[]): number {
    return Number(this.#statement(sql).run(...values).lastInsertRowid)
  }

  #statement(sql: string): StatementSync {
    const prepared = this.#prepared.get(sql) ?? this.#db.prepare(sql)
    this.#prepared.set(sql, prepared)
    return prepared
  }
}

const rowKey = ({ key }: Lb, minute: number) => key * KEYS_PER_LB + minute

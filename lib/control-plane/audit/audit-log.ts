import type { Logger } from 'pino'
import { AUDIT_DETAILS_MAX } from '#lib/core/audit.ts'
import { contain, detach } from '#lib/process/faults.ts'
import { Authority } from '../authority/authority.ts'
import type { Writer } from '../store/reader.ts'
import { Signal } from '../store/signal.ts'
import type { Store } from '../store/store.ts'
import type { AuditRow } from '../store/tables.ts'
import {
  type AuditRecord,
  auditKind,
  auditSource,
  floodDetail,
  floodKey,
  sanitize,
} from './audit-event.ts'
import type { AuditKind } from './retention.ts'

/** The delay before lines are written: short, so that a crash loses little, and long enough to batch a flood. */
const WRITE_AFTER_MS = 100
/** Lines of one transaction: few, because all other writers wait for it. */
const WRITE_AT_ONCE = 100
/** The delay before a failed write is retried. */
const RETRY_AFTER_MS = 1000
/** How long repeated events are one line. */
export const FLOOD_MS = 10 * 60_000
const FLOODS_MAX = 10_000
/** Details of all floods in memory. Further ones are only counted. */
const FLOOD_DETAILS_MAX = 20_000
/** How often expired floods are ended. */
const SWEEP_EVERY_MS = 10_000
/** Pending lines while the disk is full. Beyond that, lines are dropped and logged. */
const PENDING_MAX = 1000
/** The kinds that are dropped first: those that cost an attacker least. */
const DROPPED_FIRST: readonly AuditKind[] = ['anonymous', 'denials']

type Row = Omit<AuditRow, 'id' | 'feed_position' | 'feed_count'>
/** A line to be written. `written` is the count in the database, `exported` the count that exports have read. */
type PendingLine = {
  row: Row
  id: number | null
  written: number
  exported: number
  final: boolean
}
type Flood = { line: PendingLine; until: number; first: string | null }

/**
 * Writes logins and denials asynchronously. Repeated events are one line with a count and their distinct details. Exports get such a
 * line when it is first written, and again with its final count.
 */
export class AuditLog {
  /** Notified when lines have been written. */
  readonly written = new Signal()
  readonly #store: Store
  readonly #log: Logger
  readonly #now: () => number
  readonly #floods = new Map<string, Flood>()
  readonly #pending = new Set<PendingLine>()
  readonly #timer: ReturnType<typeof setInterval>
  /** The number of details in `#floods`. */
  #details = 0
  #stopped = false
  #flushTimer: ReturnType<typeof setTimeout> | null = null
  #writing: Promise<void> = Promise.resolve()

  /** @param now milliseconds of a monotonic clock */
  constructor(store: Store, log: Logger, now = () => performance.now()) {
    this.#store = store
    this.#log = log
    this.#now = now
    const onSweep = contain('audit', () => this.#endFloods())
    this.#timer = setInterval(onSweep, SWEEP_EVERY_MS).unref()
  }

  write(input: AuditRecord): void {
    const record = sanitize(input)
    const { at, sequence } = this.#store.stamp()
    this.#endFloods()
    const key = floodKey(record)
    const flood = key === null ? undefined : this.#floods.get(key)
    if (flood) {
      flood.line.row.count += 1
      flood.line.row.last_at = at
      this.#addDetail(flood, floodDetail(record))
      this.#enqueue(flood.line)
      return
    }
    const { event, actor, address, detail, requestId } = record
    const own = { event, actor_kind: actor.kind, actor_name: actor.name, address, detail }
    const retained = { kind: auditKind(record), source: auditSource(record), details: null }
    const row = { at, sequence, last_at: at, count: 1, request_id: requestId, ...own, ...retained }
    const line = { row, id: null, written: 0, exported: 0, final: false }
    if (key !== null) this.#remember(key, line, floodDetail(record))
    this.#enqueue(line)
  }

  /** Writes the pending lines and stops. */
  async stop(): Promise<void> {
    this.#stopped = true
    clearInterval(this.#timer)
    if (this.#flushTimer) clearTimeout(this.#flushTimer)
    for (const key of this.#floods.keys()) this.#endFlood(key)
    await this.#flush()
  }

  #enqueue(line: PendingLine): void {
    this.#pending.add(line)
    if (this.#pending.size > PENDING_MAX) this.#drop()
    this.#flushIn(WRITE_AFTER_MS)
  }

  /** Drops the newest line of the cheapest kind. */
  #drop(): void {
    const newest = [...this.#pending].toReversed()
    const cheapest = DROPPED_FIRST.find((kind) => newest.some(({ row }) => row.kind === kind))
    const dropped = newest.find(({ row }) => row.kind === cheapest) ?? newest[0]
    if (!dropped) return
    this.#pending.delete(dropped)
    this.#log.error({ row: dropped.row }, 'audit line dropped: too many are pending')
  }

  #flushIn(ms: number): void {
    this.#flushTimer ??= setTimeout(this.#onFlushDue, ms)
  }

  readonly #onFlushDue = contain(
    'audit',
    () => {
      this.#flushTimer = null
      detach('audit', () => this.#flush())
    },
    () => {
      this.#flushTimer = null
      this.#flushIn(RETRY_AFTER_MS)
    },
  )

  #remember(key: string, line: PendingLine, first: string | null): void {
    const [oldest] = this.#floods.keys()
    if (this.#floods.size >= FLOODS_MAX && oldest !== undefined) this.#endFlood(oldest)
    this.#floods.set(key, { line, until: this.#now() + FLOOD_MS, first })
  }

  #addDetail({ line: { row }, first }: Flood, detail: string | null): void {
    if (first === null || detail === null) return
    if (row.details === null) {
      row.details = [{ detail: first, count: row.count - 1 }]
      this.#details += 1
    }
    const known = row.details.find((one) => one.detail === detail)
    if (known) known.count += 1
    else if (row.details.length < AUDIT_DETAILS_MAX && this.#details < FLOOD_DETAILS_MAX) {
      row.details.push({ detail, count: 1 })
      this.#details += 1
    }
  }

  /** Ends expired floods. They are ordered by age. */
  #endFloods(): void {
    const now = this.#now()
    for (const [key, { until }] of this.#floods) {
      if (until > now) return
      this.#endFlood(key)
    }
  }

  /** Ends a flood. Its line is final, so exports get it again. */
  #endFlood(key: string): void {
    const { line } = this.#floods.get(key) ?? {}
    this.#floods.delete(key)
    if (!line) return
    this.#details -= line.row.details?.length ?? 0
    line.final = true
    if (line.exported !== line.row.count) this.#enqueue(line)
  }

  #flush(): Promise<void> {
    this.#writing = this.#flushAfter(this.#writing)
    return this.#writing
  }

  async #flushAfter(before: Promise<void>): Promise<void> {
    await before
    const lines = [...this.#pending]
    if (lines.length === 0) return
    try {
      for (let at = 0; at < lines.length; at += WRITE_AT_ONCE) {
        await this.#write(lines.slice(at, at + WRITE_AT_ONCE))
      }
    } catch (err) {
      this.#log.error({ err, lines: lines.length }, 'the audit log could not be written; retrying')
      if (!this.#stopped) this.#flushIn(RETRY_AFTER_MS)
    }
  }

  async #write(lines: PendingLine[]): Promise<void> {
    const written = await this.#store.transaction(Authority.system, (writer) =>
      writeLines(writer, this.#store, lines),
    )
    for (const [line, state] of written) {
      Object.assign(line, state)
      const isExported = !line.final || line.exported === line.row.count
      if (line.row.count === line.written && isExported) this.#pending.delete(line)
    }
    this.written.notify()
  }
}

type Written = { id: number; written: number; exported: number }

/**
 * Inserts or updates lines in a transaction. Transactions are serialized, so feed positions increase in the order in which lines
 * become visible, and an export misses none.
 */
async function writeLines(
  writer: Writer,
  store: Store,
  lines: PendingLine[],
): Promise<Map<PendingLine, Written>> {
  const written = new Map<PendingLine, Written>()
  const inserted = lines.filter(({ id }) => id === null)
  const values = inserted.map(({ row }) => ({ ...row, ...feedOf(store, row) }))
  // Further repetitions are counted meanwhile.
  const counts = values.map(({ count }) => count)
  const ids = await insertLines(writer, values)
  for (const [at, line] of inserted.entries()) {
    const [id, count] = [ids.get(line.row.sequence), counts[at]]
    if (id === undefined || count === undefined) throw new Error('An audit line has no ID')
    written.set(line, { id, written: count, exported: count })
  }
  for (const line of lines) {
    const { row, id, final } = line
    if (id === null) continue
    const { count, last_at, details } = row
    const changed = { count, last_at, details, ...(final && feedOf(store, row)) }
    await writer.updateTable('audit').set(changed).where('id', '=', id).execute()
    written.set(line, { id, written: count, exported: final ? count : line.exported })
  }
  return written
}

/** @returns the IDs by sequence */
async function insertLines(
  writer: Writer,
  values: Omit<AuditRow, 'id'>[],
): Promise<Map<string, number>> {
  if (values.length === 0) return new Map()
  const inserted = writer.insertInto('audit').values(values).returning(['id', 'sequence'])
  return new Map((await inserted.execute()).map(({ id, sequence }) => [sequence, id]))
}

const feedOf = (store: Store, { count }: Row) => ({
  feed_position: store.stamp().sequence,
  feed_count: count,
})

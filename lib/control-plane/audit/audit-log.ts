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
import { prune } from './prune.ts'
import { type AuditKind, DEFAULT_RETENTION, type Retention } from './retention.ts'

/** The delay before lines are written: short, so that a crash loses little, and long enough to batch a flood. */
const WRITE_AFTER_MS = 100
/** The delay before a failed write is retried. */
const RETRY_AFTER_MS = 1000
const FLOOD_MS = 10 * 60_000
const FLOODS_MAX = 10_000
/** Details of all floods in memory. Further ones are only counted. */
const FLOOD_DETAILS_MAX = 20_000
/** How often expired floods are ended. */
const SWEEP_EVERY_MS = 10_000
/** Pending lines while the disk is full. Beyond that, lines are dropped and logged. */
const PENDING_MAX = 1000
const PRUNE_EVERY_MS = 60 * 60_000
/** Written lines that start pruning before the hour is over. */
const PRUNE_AFTER_LINES = 5000
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

type Options = {
  retention?: Retention
  /** Milliseconds of a monotonic clock. */
  now?: () => number
}

/**
 * Writes logins and denials asynchronously. Repeated events are one line with a count and their distinct details. Exports get such a
 * line when it is first written, and again with its final count.
 */
export class AuditLog {
  /** Notified when lines have been written. */
  readonly written = new Signal()
  readonly #store: Store
  readonly #log: Logger
  readonly #retention: Retention
  readonly #now: () => number
  readonly #floods = new Map<string, Flood>()
  readonly #pending = new Set<PendingLine>()
  readonly #timers: ReturnType<typeof setInterval>[]
  /** The number of details in `#floods`. */
  #details = 0
  #sincePruning = 0
  #stopped = false
  #timer: ReturnType<typeof setTimeout> | null = null
  #writing: Promise<void> = Promise.resolve()

  constructor(store: Store, log: Logger, options: Options = {}) {
    const { retention = DEFAULT_RETENTION, now = () => performance.now() } = options
    this.#store = store
    this.#log = log
    this.#retention = retention
    this.#now = now
    const onPruning = contain('maintenance', () => this.#prune())
    const onSweep = contain('audit', () => this.#endFloods())
    this.#timers = [
      setInterval(onPruning, PRUNE_EVERY_MS).unref(),
      setInterval(onSweep, SWEEP_EVERY_MS).unref(),
    ]
    this.#after('floods that a crash interrupted could not be exported', async () => {
      await exportUnfinished(store)
      this.written.notify()
    })
    this.#prune()
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
    for (const timer of this.#timers) clearInterval(timer)
    if (this.#timer) clearTimeout(this.#timer)
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
    this.#timer ??= setTimeout(this.#onFlushDue, ms)
  }

  readonly #onFlushDue = contain(
    'audit',
    () => {
      this.#timer = null
      detach('audit', () => this.#flush())
    },
    () => {
      this.#timer = null
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
      const written = await this.#store.transaction(Authority.system, async (writer) => {
        const all: Written[] = []
        for (const line of lines) all.push(await writeLine(writer, this.#store, line))
        return all
      })
      for (const [index, line] of lines.entries()) {
        Object.assign(line, written[index])
        const isExported = !line.final || line.exported === line.row.count
        if (line.row.count === line.written && isExported) this.#pending.delete(line)
      }
      this.written.notify()
      this.#pruneAfterLines(lines.length)
    } catch (err) {
      this.#log.error({ err, lines: lines.length }, 'the audit log could not be written; retrying')
      if (!this.#stopped) this.#flushIn(RETRY_AFTER_MS)
    }
  }

  #pruneAfterLines(lines: number): void {
    this.#sincePruning += lines
    if (this.#sincePruning >= PRUNE_AFTER_LINES && !this.#stopped) this.#prune()
  }

  #prune(): void {
    this.#sincePruning = 0
    const work = () => prune(this.#store, Date.now(), this.#retention)
    this.#after('old audit lines could not be deleted', work)
  }

  /** Queues work after the current write; later writes wait for it. */
  #after(failure: string, work: () => Promise<void>): void {
    this.#writing = this.#workAfter(this.#writing, failure, work)
  }

  async #workAfter(
    before: Promise<void>,
    failure: string,
    work: () => Promise<void>,
  ): Promise<void> {
    await before
    try {
      await work()
    } catch (err) {
      this.#log.error({ err }, failure)
    }
  }
}

type Written = { id: number; written: number; exported: number }

/**
 * Inserts or updates a line in a transaction. Transactions are serialized, so feed positions increase in the order in which lines
 * become visible, and an export misses none.
 */
async function writeLine(writer: Writer, store: Store, line: PendingLine): Promise<Written> {
  const { row, id, final } = line
  const { count, last_at, details } = row
  const feed = { feed_position: store.stamp().sequence, feed_count: count }
  if (id === null) {
    const values = { ...row, ...feed }
    const inserted = writer.insertInto('audit').values(values).returning('id')
    const { id } = await inserted.executeTakeFirstOrThrow()
    return { id, written: count, exported: count }
  }
  const changed = { count, last_at, details, ...(final && feed) }
  await writer.updateTable('audit').set(changed).where('id', '=', id).execute()
  return { id, written: count, exported: final ? count : line.exported }
}

/** Gives a new feed position to lines whose count increased after their export, when the process ended before they were final. */
async function exportUnfinished(store: Store): Promise<void> {
  await store.transaction(Authority.system, async (writer) => {
    const { ref } = writer.dynamic
    const unfinished = writer.selectFrom('audit').select(['id', 'count'])
    for (const { id, count } of await unfinished
      .whereRef('feed_count', '<', ref('count'))
      .execute()) {
      const feed = { feed_position: store.stamp().sequence, feed_count: count }
      await writer.updateTable('audit').set(feed).where('id', '=', id).execute()
    }
  })
}

import type { Logger } from 'pino'
import { AUDIT_DETAILS_MAX } from '#lib/core/audit.ts'
import { contain, detach } from '#lib/process/faults.ts'
import { Authority } from '../authority/authority.ts'
import { Signal } from '../store/signal.ts'
import type { Store, Writer } from '../store/store.ts'
import type { AuditRow } from '../store/tables.ts'
import { type Audited, cleaned, floodDetail, floodKey, kindOf, sourceOf } from './audit-event.ts'
import { prune } from './prune.ts'
import { type AuditKind, DEFAULT_RETENTION, type Retention } from './retention.ts'

/** How soon a line is on the disk: in time to tell of a log-in before a crash, and many of a flood at once. */
const WRITE_AFTER_MS = 100
/** How soon it is tried again where there was no room. */
const RETRY_AFTER_MS = 1000
const FLOOD_MS = 10 * 60_000
const FLOODS_MAX = 10_000
/** Details of all floods together that memory holds; what is new beyond that is only counted. */
const FLOOD_DETAILS_MAX = 20_000
/** How often floods that have ended are looked for. */
const SWEEP_EVERY_MS = 10_000
/** Lines that wait, should the disk be full. What comes later is lost then, and in the log. */
const WAITING_MAX = 1000
const PRUNE_EVERY_MS = 60 * 60_000
/** Lines written after which old ones are deleted without waiting for the hour. */
const PRUNE_AFTER_LINES = 5000
/** What is lost first where too many wait: what costs a caller least to have written. */
const LOST_FIRST: readonly AuditKind[] = ['anonymous', 'denials']

type Row = Omit<AuditRow, 'id' | 'feed_position' | 'feed_count'>
/** A line on its way to the disk. `written` is the count that is there, `fed` the one that exports have. */
type Waiting = { row: Row; id: number | null; written: number; fed: number; ended: boolean }
type Flood = { waiting: Waiting; until: number; first: string | null }

type Options = {
  retention?: Retention
  /** Milliseconds of a monotonic clock. */
  now?: () => number
}

/**
 * Writes down log-ins and denials. Nobody waits for it, and what repeats is one line with a count and the different details.
 * Exports get such a line when it is written, and again with its final count.
 */
export class AuditLog {
  /** Tells whenever lines have been written. */
  readonly written = new Signal()
  readonly #store: Store
  readonly #log: Logger
  readonly #retention: Retention
  readonly #now: () => number
  readonly #floods = new Map<string, Flood>()
  readonly #waiting = new Set<Waiting>()
  readonly #timers: ReturnType<typeof setInterval>[]
  /** Details that `#floods` hold. */
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
    this.#after('what a crash left of floods could not be exported', async () => {
      await feedAll(store)
      this.written.notify()
    })
    this.#prune()
  }

  write(audited: Audited): void {
    const what = cleaned(audited)
    const { at, sequence } = this.#store.stamp()
    this.#endFloods()
    const key = floodKey(what)
    const flood = key === null ? undefined : this.#floods.get(key)
    if (flood) {
      flood.waiting.row.count += 1
      flood.waiting.row.last_at = at
      this.#addDetail(flood, floodDetail(what))
      this.#wait(flood.waiting)
      return
    }
    const { event, actor, address, detail, requestId } = what
    const own = { event, actor_kind: actor.kind, actor_name: actor.name, address, detail }
    const kept = { kind: kindOf(what), source: sourceOf(what), details: null }
    const row = { at, sequence, last_at: at, count: 1, request_id: requestId, ...own, ...kept }
    const waiting = { row, id: null, written: 0, fed: 0, ended: false }
    if (key !== null) this.#remember(key, waiting, floodDetail(what))
    this.#wait(waiting)
  }

  /** Writes what waits, and no more. */
  async stop(): Promise<void> {
    this.#stopped = true
    for (const timer of this.#timers) clearInterval(timer)
    if (this.#timer) clearTimeout(this.#timer)
    for (const key of this.#floods.keys()) this.#endFlood(key)
    await this.#flush()
  }

  #wait(waiting: Waiting): void {
    this.#waiting.add(waiting)
    if (this.#waiting.size > WAITING_MAX) this.#lose()
    this.#flushIn(WRITE_AFTER_MS)
  }

  /** The newest of what is cheap to have written; where nothing is, the newest of all. */
  #lose(): void {
    const newest = [...this.#waiting].toReversed()
    const cheapest = LOST_FIRST.find((kind) => newest.some(({ row }) => row.kind === kind))
    const lost = newest.find(({ row }) => row.kind === cheapest) ?? newest[0]
    if (!lost) return
    this.#waiting.delete(lost)
    this.#log.error({ row: lost.row }, 'a line of the audit is lost: too many wait')
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

  #remember(key: string, waiting: Waiting, first: string | null): void {
    const [oldest] = this.#floods.keys()
    if (this.#floods.size >= FLOODS_MAX && oldest !== undefined) this.#endFlood(oldest)
    this.#floods.set(key, { waiting, until: this.#now() + FLOOD_MS, first })
  }

  #addDetail({ waiting: { row }, first }: Flood, detail: string | null): void {
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

  /** Ends the floods whose time is over. The oldest is the first. */
  #endFloods(): void {
    const now = this.#now()
    for (const [key, { until }] of this.#floods) {
      if (until > now) return
      this.#endFlood(key)
    }
  }

  /** No more is added to its line, so exports get what has been. */
  #endFlood(key: string): void {
    const { waiting } = this.#floods.get(key) ?? {}
    this.#floods.delete(key)
    if (!waiting) return
    this.#details -= waiting.row.details?.length ?? 0
    waiting.ended = true
    if (waiting.fed !== waiting.row.count) this.#wait(waiting)
  }

  #flush(): Promise<void> {
    this.#writing = this.#flushAfter(this.#writing)
    return this.#writing
  }

  async #flushAfter(before: Promise<void>): Promise<void> {
    await before
    const lines = [...this.#waiting]
    if (lines.length === 0) return
    try {
      const written = await this.#store.transaction(Authority.system, async (writer) => {
        const put: Put[] = []
        for (const line of lines) put.push(await putLine(writer, this.#store, line))
        return put
      })
      for (const [index, line] of lines.entries()) {
        Object.assign(line, written[index])
        const isFed = !line.ended || line.fed === line.row.count
        if (line.row.count === line.written && isFed) this.#waiting.delete(line)
      }
      this.written.notify()
      this.#pruneAfterLines(lines.length)
    } catch (err) {
      this.#log.error(
        { err, lines: lines.length },
        'the audit log could not be written; it is retried',
      )
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

  /** Does something after what is being written, and nothing else until it is done. */
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

type Put = { id: number; written: number; fed: number }

/**
 * Writes a line, new or changed, within a transaction. Transactions are one after the other, so the positions that they give
 * are in the order in which lines become visible: an export that is at one misses none before it.
 */
async function putLine(writer: Writer, store: Store, line: Waiting): Promise<Put> {
  const { row, id, ended } = line
  const { count, last_at, details } = row
  const feed = { feed_position: store.stamp().sequence, feed_count: count }
  if (id === null) {
    const values = { ...row, ...feed }
    const { insertId } = await writer.insertInto('audit').values(values).executeTakeFirstOrThrow()
    return { id: Number(insertId), written: count, fed: count }
  }
  const changed = { count, last_at, details, ...(ended && feed) }
  await writer.updateTable('audit').set(changed).where('id', '=', id).execute()
  return { id, written: count, fed: ended ? count : line.fed }
}

/** Gives lines a new position that had repeated since their last, when the process ended. */
async function feedAll(store: Store): Promise<void> {
  await store.transaction(Authority.system, async (writer) => {
    const { ref } = writer.dynamic
    const unfed = writer.selectFrom('audit').select(['id', 'count'])
    for (const { id, count } of await unfed.whereRef('feed_count', '<', ref('count')).execute()) {
      const feed = { feed_position: store.stamp().sequence, feed_count: count }
      await writer.updateTable('audit').set(feed).where('id', '=', id).execute()
    }
  })
}

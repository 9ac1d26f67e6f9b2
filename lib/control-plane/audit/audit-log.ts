import type { Logger } from 'pino'
import { contain, detach } from '#lib/process/faults.ts'
import type { Store, Writer } from '../store/store.ts'
import type { AuditRow } from '../store/tables.ts'
import { type Audited, CHEAP, cleaned, floodKey } from './audit-event.ts'
import { prune } from './prune.ts'

/** How soon a line is on the disk: in time to tell of a log-in before a crash, and many of a flood at once. */
const WRITE_AFTER_MS = 100
/** How soon it is tried again where there was no room. */
const RETRY_AFTER_MS = 1000
const FLOOD_MS = 10 * 60_000
const FLOODS_MAX = 10_000
/** Lines that wait, should the disk be full. What comes later is lost then, and in the log. */
const WAITING_MAX = 1000
const PRUNE_EVERY_MS = 60 * 60_000

type Waiting = { row: Omit<AuditRow, 'id'>; id: number | null; written: number }
type Flood = { waiting: Waiting; until: number }

/** Writes down log-ins and denials. Nobody waits for it, and what repeats is one line with a count. */
export class AuditLog {
  readonly #store: Store
  readonly #log: Logger
  readonly #now: () => number
  readonly #floods = new Map<string, Flood>()
  readonly #waiting = new Set<Waiting>()
  readonly #pruning: ReturnType<typeof setInterval>
  #stopped = false
  #timer: ReturnType<typeof setTimeout> | null = null
  #writing: Promise<void> = Promise.resolve()

  /** @param now milliseconds of a monotonic clock */
  constructor(store: Store, log: Logger, now: () => number = () => performance.now()) {
    this.#store = store
    this.#log = log
    this.#now = now
    const onPruning = contain('maintenance', () => this.#prune())
    this.#pruning = setInterval(onPruning, PRUNE_EVERY_MS).unref()
    this.#prune()
  }

  write(audited: Audited): void {
    const what = cleaned(audited)
    const { at, sequence } = this.#store.stamp()
    const key = floodKey(what)
    const flood = key === null ? undefined : this.#floods.get(key)
    if (flood && flood.until > this.#now()) {
      flood.waiting.row.count += 1
      flood.waiting.row.last_at = at
      this.#wait(flood.waiting)
      return
    }
    const { event, actor, address, detail, requestId } = what
    const own = { event, actor_kind: actor.kind, actor_name: actor.name, address, detail }
    const row = { at, sequence, last_at: at, count: 1, request_id: requestId, ...own }
    const waiting = { row, id: null, written: 0 }
    if (key !== null) this.#remember(key, waiting)
    this.#wait(waiting)
  }

  /** Writes what waits, and no more. */
  async stop(): Promise<void> {
    this.#stopped = true
    clearInterval(this.#pruning)
    if (this.#timer) clearTimeout(this.#timer)
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
    const lost = newest.find(({ row }) => CHEAP.includes(row.event)) ?? newest[0]
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

  #remember(key: string, waiting: Waiting): void {
    this.#floods.delete(key)
    const [oldest] = this.#floods.keys()
    if (this.#floods.size >= FLOODS_MAX && oldest !== undefined) this.#floods.delete(oldest)
    this.#floods.set(key, { waiting, until: this.#now() + FLOOD_MS })
  }

  #flush(): Promise<void> {
    this.#writing = this.#flushAfter(this.#writing)
    return this.#writing
  }

  async #flushAfter(before: Promise<void>): Promise<void> {
    await before
    const lines = [...this.#waiting]
    if (lines.length === 0) return
    const counts = lines.map(({ row }) => row.count)
    try {
      const ids = await this.#store.transaction(async (writer) => {
        const written: number[] = []
        for (const line of lines) written.push(await put(writer, line))
        return written
      })
      for (const [index, line] of lines.entries()) {
        line.id = ids[index] ?? null
        line.written = counts[index] ?? 0
        if (line.row.count === line.written) this.#waiting.delete(line)
      }
    } catch (err) {
      this.#log.error(
        { err, lines: lines.length },
        'the audit log could not be written; it is retried',
      )
      if (!this.#stopped) this.#flushIn(RETRY_AFTER_MS)
    }
  }

  #prune(): void {
    this.#writing = this.#pruneAfter(this.#writing)
  }

  async #pruneAfter(before: Promise<void>): Promise<void> {
    await before
    try {
      await prune(this.#store, Date.now())
    } catch (err) {
      this.#log.error({ err }, 'old audit lines could not be deleted')
    }
  }
}

/** @returns the line's id */
async function put(writer: Writer, { row, id }: Waiting): Promise<number> {
  if (id === null) {
    const { insertId } = await writer.insertInto('audit').values(row).executeTakeFirstOrThrow()
    return Number(insertId)
  }
  const { count, last_at } = row
  await writer.updateTable('audit').set({ count, last_at }).where('id', '=', id).execute()
  return id
}

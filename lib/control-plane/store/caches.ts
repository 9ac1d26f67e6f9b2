import { isDeepStrictEqual } from 'node:util'
import { contain, detach } from '#lib/process/faults.ts'
import { DatabaseProblem } from './database-problem.ts'
import type { Reader } from './reader.ts'
import { RowLog } from './row-log.ts'
import type { Signal } from './signal.ts'
import type { Store } from './store.ts'

/** When rows that could not be read are tried again. Milliseconds. */
const RETRY_MS = 200

/** The keys of rows, as in the row log; null for all rows of a table. */
type Keys = ReadonlySet<string> | null

/** Rows of a table that a process keeps in memory. */
export type CachedTable = {
  /** Its name in the row log. */
  readonly table: string
  /**
   * Reads rows again.
   * @returns what to call in the same iteration of the event loop as for all other tables. It replaces the cached rows, and returns
   *   the keys of those that this process has changed meanwhile: they have to be read again
   */
  reread: (reader: Reader, keys: Keys) => Promise<() => readonly string[]>
  /** Called with the keys of rows that this process has written, after the commit. `Caches` replaces it. */
  written: (keys: readonly string[]) => void
}

/**
 * Keeps what this process has in memory of the database equal to it, where other processes can write to it: reads the rows again that the
 * row log names. Where only this process writes it does nothing.
 */
export class Caches {
  readonly #store: Store
  /** Null where only this process writes. */
  readonly #log: RowLog | null
  readonly #tables = new Map<string, CachedTable>()
  /** What is to be read again, by table. */
  readonly #due = new Map<string, Set<string> | null>()
  #running: Promise<unknown> = Promise.resolve()
  #waiting: Promise<void> | null = null
  #retry: NodeJS.Timeout | undefined
  #isStopped = false

  private constructor(store: Store, log: RowLog | null) {
    this.#store = store
    this.#log = log
  }

  /** Open it before the tables are read. */
  static async open(store: Store): Promise<Caches> {
    return new Caches(store, store.isShared ? await RowLog.open(store.reader) : null)
  }

  /** Follows commits, until the returned function is called. @param tables those that others refer to come first */
  follow(commits: Signal, tables: readonly CachedTable[]): () => Promise<void> {
    if (!this.#log) return async () => {}
    for (const one of tables) {
      this.#tables.set(one.table, one)
      // Another process may have changed them since, and those changes may have been read before this process's own counted.
      one.written = (keys) => {
        for (const key of keys) this.#addDue(one.table, key)
        this.#refreshSoon()
      }
    }
    const unsubscribe = commits.subscribe(() => this.#refreshSoon())
    this.#refreshSoon()
    return async () => {
      this.#isStopped = true
      unsubscribe()
      clearTimeout(this.#retry)
      await this.#running.catch(() => {})
    }
  }

  /** Resolves when memory has all that was committed before the call. @throws DatabaseProblem */
  refresh(): Promise<void> {
    const log = this.#log
    if (!log) return Promise.resolve()
    // One that has not begun yet reads what was committed until now, too.
    if (this.#waiting) return this.#waiting
    const previous = this.#running
    const next = (async () => {
      await previous.catch(() => {})
      this.#waiting = null
      await this.#read(log)
    })()
    this.#waiting = next
    this.#running = next
    return next
  }

  #refreshSoon(): void {
    if (this.#waiting || this.#isStopped) return
    detach('configuration', async () => {
      try {
        await this.refresh()
      } catch (error) {
        if (!(error instanceof DatabaseProblem)) throw error
        this.#retryLater()
      }
    })
  }

  #retryLater(): void {
    const onRetry = contain('configuration', () => this.#refreshSoon())
    clearTimeout(this.#retry)
    this.#retry = setTimeout(onRetry, RETRY_MS).unref()
  }

  async #read(log: RowLog): Promise<void> {
    const changes = await log.read(this.#store.reader)
    if (changes === null) for (const name of this.#tables.keys()) this.#due.set(name, null)
    else for (const { table_name, key } of changes) this.#addDue(table_name, key)
    while (this.#due.size > 0) await this.#readDue()
  }

  #addDue(name: string, key: string): void {
    if (!this.#tables.has(name)) return
    const keys = this.#due.get(name)
    if (keys === undefined) this.#due.set(name, new Set([key]))
    else keys?.add(key)
  }

  async #readDue(): Promise<void> {
    const tables = [...this.#tables.values()].filter(({ table }) => this.#due.has(table))
    const read = await this.#store.snapshot(async (reader) => {
      const replacements: { table: string; replace: () => readonly string[] }[] = []
      for (const { table, reread } of tables) {
        const keys = this.#due.get(table) ?? null
        replacements.push({ table, replace: await reread(reader, keys) })
      }
      return replacements
    })
    this.#due.clear()
    for (const { table, replace } of read) {
      for (const key of replace()) this.#addDue(table, key)
    }
  }
}

/**
 * Reads rows of a cached table that is a map, for `CachedTable.reread`. Cached rows are replaced, never changed, so one that
 * is another object than before was changed by this process.
 * @param read the rows with these keys, or all
 * @param replace gets each row that differs from the cached one; null for one that was deleted
 */
export async function rereadRows<Row>(
  keys: Keys,
  cached: ReadonlyMap<string, Row>,
  read: (keys: string[] | null) => Promise<ReadonlyMap<string, Row>>,
  replace: (rows: ReadonlyMap<string, Row | null>) => void,
): Promise<() => readonly string[]> {
  const before = keys ? new Map([...keys].map((key) => [key, cached.get(key)])) : new Map(cached)
  const rows = await read(keys && [...keys])
  return () => {
    const again: string[] = []
    const changed = new Map<string, Row | null>()
    for (const key of keys ?? new Set([...cached.keys(), ...rows.keys()])) {
      const row = rows.get(key)
      if (cached.get(key) !== before.get(key)) again.push(key)
      else if (!isDeepStrictEqual(row, before.get(key))) changed.set(key, row ?? null)
    }
    if (changed.size > 0) replace(changed)
    return again
  }
}

import type { Reader } from './reader.ts'
import { Signal } from './signal.ts'
import type { ResourceType } from './tables.ts'

/** The longest wait between two reads. Commits of other processes give no signal. Milliseconds. */
const POLL_MS = 2000

export type FeedChange = { id: number; lb_id: string | null; resource_type: ResourceType }

/**
 * One reader's feed of the history: the changes committed since it was opened, each once, in commit order.
 *
 * A cursor on ascending IDs misses nothing, because write transactions run one after the other (`StoreDialect.lockWriters`): when a
 * change is visible, so are all with lower IDs. Without that lock a transaction could take a lower ID and commit later, after the
 * cursor has passed it.
 */
export class ChangeFeed {
  readonly #reader: Reader
  readonly #wake = new Signal()
  readonly #unsubscribe: () => void
  /** The count of `#wake` when the reader last woke up. */
  #lastCount = 0
  #cursor = 0

  private constructor(reader: Reader, commits: Signal) {
    this.#reader = reader
    this.#unsubscribe = commits.subscribe(() => this.notify())
  }

  /** @param commits notified after each commit of this process */
  static async open(reader: Reader, commits: Signal): Promise<ChangeFeed> {
    const feed = new ChangeFeed(reader, commits)
    try {
      await feed.skip()
      return feed
    } catch (error) {
      feed.close()
      throw error
    }
  }

  /** Wakes the reader without a commit, for example because the observed state has changed. */
  notify(): void {
    this.#wake.notify()
  }

  /** Resolves when there may be changes to read, after `ms` or the poll interval at the latest, and on abort. */
  async wait(ms: number, signal: AbortSignal): Promise<void> {
    await this.#wake.after(this.#lastCount, Math.min(Math.max(0, ms), POLL_MS), signal)
    this.#lastCount = this.#wake.count
  }

  /** The next changes, at most `limit`. */
  async read(limit?: number): Promise<FeedChange[]> {
    const changes = this.#reader
      .selectFrom('changes')
      .select(['id', 'lb_id', 'resource_type'])
      .where('id', '>', this.#cursor)
      .orderBy('id')
    const next = await (limit === undefined ? changes : changes.limit(limit)).execute()
    this.#cursor = next.at(-1)?.id ?? this.#cursor
    return next
  }

  /** Skips all changes until now. */
  async skip(): Promise<void> {
    const query = this.#reader.selectFrom('changes').select(({ fn }) => fn.max('id').as('id'))
    this.#cursor = Number((await query.executeTakeFirst())?.id ?? this.#cursor)
  }

  close(): void {
    this.#unsubscribe()
  }
}

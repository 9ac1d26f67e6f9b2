import type { ReplicaRow } from '../store/tables.ts'

/** A control plane that has not renewed its row for this time is gone. Milliseconds. */
export const GONE_MS = 15_000
/** The same by the system clocks of two machines, which may differ. Milliseconds. */
const GONE_BY_CLOCK_MS = 60_000

type Seen = { lastSeenAt: string; since: number; hasRenewed: boolean }
type Row = Pick<ReplicaRow, 'id' | 'last_seen_at'>

/** How long other control planes have not renewed their rows, by this process's monotonic clock. */
export class Silence {
  readonly #seen = new Map<string, Seen>()
  readonly #now: () => number

  constructor(now: () => number = () => performance.now()) {
    this.#now = now
  }

  /** @param rows all that the table has */
  note(rows: readonly Row[]): void {
    for (const { id, last_seen_at: lastSeenAt } of rows) {
      const before = this.#seen.get(id)
      if (before?.lastSeenAt === lastSeenAt) continue
      this.#seen.set(id, { lastSeenAt, since: this.#now(), hasRenewed: before !== undefined })
    }
    const ids = new Set(rows.map(({ id }) => id))
    for (const id of this.#seen.keys()) if (!ids.has(id)) this.#seen.delete(id)
  }

  isGone({ id, last_seen_at: lastSeenAt }: Row): boolean {
    const seen = this.#seen.get(id)
    if (!seen) return false
    if (this.#now() - seen.since >= GONE_MS) return true
    // It has not renewed since this process started.
    return !seen.hasRenewed && Date.now() - Date.parse(lastSeenAt) >= GONE_BY_CLOCK_MS
  }
}

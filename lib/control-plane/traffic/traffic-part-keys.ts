import type { Writer } from '../store/reader.ts'
import { WHOLE } from './parts.ts'
import { SEEN_PRECISION_MINUTES } from './traffic-records.ts'
import type { LbMinute } from './traffic-slots.ts'

/** Rows in one statement. */
const BATCH = 200

type Part = { key: number; seen: number }

/** The keys of parts in the table `traffic_parts`, in memory while this process records. */
export class TrafficPartKeys {
  readonly #byLb = new Map<string, Map<string, Part>>()

  async load(writer: Writer): Promise<void> {
    this.#byLb.clear()
    const parts = await writer.selectFrom('traffic_parts').selectAll().execute()
    for (const { lb_id, name, key, seen } of parts) this.#set(lb_id, name, { key, seen })
  }

  /** The keys of all parts with traffic in a minute; creates those that are missing. */
  async of(
    writer: Writer,
    lbs: ReadonlyMap<string, LbMinute>,
    minute: number,
  ): Promise<{ of: (lbId: string, part: string) => number }> {
    const due: { lb_id: string; name: string; seen: number }[] = []
    for (const [lb_id, parts] of lbs) {
      for (const name of parts.keys()) {
        const known = this.#byLb.get(lb_id)?.get(name)
        const isRecent = known && minute - known.seen < SEEN_PRECISION_MINUTES
        if (name !== WHOLE && !isRecent) due.push({ lb_id, name, seen: minute })
      }
    }
    for (let at = 0; at < due.length; at += BATCH) {
      const written = await writer
        .insertInto('traffic_parts')
        .values(due.slice(at, at + BATCH))
        .onConflict((conflict) =>
          conflict
            .columns(['lb_id', 'name'])
            .doUpdateSet(({ ref }) => ({ seen: ref('excluded.seen') })),
        )
        .returningAll()
        .execute()
      for (const { lb_id, name, key, seen } of written) this.#set(lb_id, name, { key, seen })
    }
    return { of: (lbId, part) => this.#byLb.get(lbId)?.get(part)?.key ?? Number.NaN }
  }

  #set(lbId: string, name: string, part: Part): void {
    const parts = this.#byLb.get(lbId) ?? new Map<string, Part>()
    parts.set(name, part)
    this.#byLb.set(lbId, parts)
  }
}

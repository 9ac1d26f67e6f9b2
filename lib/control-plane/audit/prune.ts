import type { Store } from '../store/store.ts'
import { CHEAP } from './audit-event.ts'

const DAY_MS = 24 * 60 * 60_000
/** How long a line is kept. */
export const KEPT_DAYS = 90
/** How many are. */
export const LINES_MAX = 100_000

/** Removes what is older than 90 days, and the oldest of what is more than 100,000 lines. */
export async function prune(store: Store, now: number, linesMax = LINES_MAX): Promise<void> {
  const before = new Date(now - KEPT_DAYS * DAY_MS).toISOString()
  await store.transaction(async (writer) => {
    await writer.deleteFrom('audit').where('at', '<', before).execute()
    for (const events of [CHEAP, null]) {
      const { lines } = await writer
        .selectFrom('audit')
        .select(({ fn }) => fn.countAll<number>().as('lines'))
        .executeTakeFirstOrThrow()
      if (lines <= linesMax) return
      let oldest = writer.selectFrom('audit').select('id')
      if (events) oldest = oldest.where('event', 'in', events)
      const excess = oldest.orderBy('id').limit(lines - linesMax)
      await writer.deleteFrom('audit').where('id', 'in', excess).execute()
    }
  })
}

import type { Logger } from 'pino'
import { contain, detach } from '#lib/process/faults.ts'
import type { LeaderTask, Term } from '../leadership/term.ts'
import type { Store } from '../store/store.ts'

/** A replica that has not been seen for this long is removed, so that hosts no longer try to connect to it. Milliseconds. */
export const STALE_MS = 24 * 60 * 60_000
const LOOK_EVERY_MS = 60_000

type Options = { store: Store; log: Logger; lookEveryMs?: number }

/** Removes replicas that have not been seen for a day. */
export function pruneReplicas({ store, log, lookEveryMs = LOOK_EVERY_MS }: Options): LeaderTask {
  return {
    name: 'replicas',
    start: (term) => {
      if (!store.isShared) return () => {}
      // Also old after an outage of the database. By the next look all that run have renewed them.
      let before = new Map<string, string>()
      const look = async () => {
        before = await prune(store, term, before)
      }
      const due = contain('maintenance', () => {
        const failed = (err: unknown) => {
          if (!term.ended.aborted) log.error({ err }, 'old replicas could not be removed')
        }
        detach('maintenance', () => look().catch(failed))
      })
      const timer = setInterval(due, lookEveryMs).unref()
      return () => clearInterval(timer)
    },
  }
}

/** @param before when each stale replica was last seen, at the previous look @returns the same at this one */
async function prune(
  store: Store,
  { authority }: Term,
  before: ReadonlyMap<string, string>,
): Promise<Map<string, string>> {
  const limit = new Date(Date.now() - STALE_MS).toISOString()
  const stale = await store.reader
    .selectFrom('replicas')
    .select(['id', 'last_seen_at'])
    .where('last_seen_at', '<', limit)
    .execute()
  const gone = stale.filter(({ id, last_seen_at }) => before.get(id) === last_seen_at)
  if (gone.length > 0) {
    await store.transaction(authority, async (writer) => {
      for (const { id, last_seen_at } of gone) {
        const row = writer.deleteFrom('replicas').where('id', '=', id)
        await row.where('last_seen_at', '=', last_seen_at).execute()
      }
    })
  }
  return new Map(stale.map(({ id, last_seen_at }) => [id, last_seen_at]))
}

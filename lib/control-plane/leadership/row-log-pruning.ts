import type { Logger } from 'pino'
import { contain, detach } from '#lib/process/faults.ts'
import { pruneRowLog } from '../store/row-log.ts'
import type { Store } from '../store/store.ts'
import type { Stop, Term } from './term.ts'
import { TermEnded } from './term-ended.ts'

const PRUNE_EVERY_MS = 10 * 60_000
/** A control plane that has not read the log for this time reads all rows instead. Milliseconds. */
const KEPT_MS = 60 * 60_000

/** Prunes the row log during a term. @param everyMs, keptMs for tests */
export function startRowLogPruning(
  { store, log }: { store: Store; log: Logger },
  { authority }: Term,
  { everyMs = PRUNE_EVERY_MS, keptMs = KEPT_MS } = {},
): Stop {
  const prune = async () => {
    try {
      await store.transaction(authority, (writer) => pruneRowLog(writer, keptMs))
    } catch (err) {
      if (!(err instanceof TermEnded)) log.error({ err }, 'the row log could not be pruned')
    }
  }
  const onDue = contain('maintenance', () => detach('maintenance', prune))
  const timer = setInterval(onDue, everyMs).unref()
  onDue()
  return () => clearInterval(timer)
}

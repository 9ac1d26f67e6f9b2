import type { ExportAudit, ExportedAuditLine } from '#lib/core/audit.ts'
import { foldCase } from '#lib/core/fold-case.ts'
import type { Reader } from '../../store/store.ts'
import { nextIteration } from '../../yield-every.ts'
import { feedAfter } from './audit-feed.ts'
import { isOfKind } from './audit-kinds.ts'

type Export = {
  reader: Reader
  query: ExportAudit
  /** Throws once whoever asked may no longer read the audit. */
  requireRight: () => Promise<void>
  signal: AbortSignal
}

/**
 * The lines that an export is to have, oldest first, read as slowly as they are taken. Where it ends early it throws, so that
 * it does not look whole.
 */
export async function* exportAudit({
  reader,
  query: { after, kind, actor = '', limit },
  requireRight,
  signal,
}: Export): AsyncGenerator<ExportedAuditLine> {
  const part = foldCase(actor)
  let cursor = after ?? null
  let left = limit
  while (!signal.aborted) {
    await requireRight()
    const page = await feedAfter(reader, cursor)
    for (const line of page) {
      if (!isOfKind(line, kind) || !foldCase(line.actor.name).includes(part)) continue
      yield line
      left -= 1
      if (left === 0) return
    }
    cursor = page.at(-1)?.cursor ?? null
    if (cursor === null) return
    // SQLite is synchronous, and a page of which nothing is wanted is waited for by nobody.
    await nextIteration()
  }
}

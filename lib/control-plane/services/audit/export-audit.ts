import type { ExportAudit, ExportedAuditLine } from '#lib/core/audit.ts'
import { foldCase } from '#lib/core/fold-case.ts'
import type { Reader } from '../../store/reader.ts'
import { nextIteration } from '../../yield-every.ts'
import { feedAfter } from './audit-feed.ts'
import { isOfKind } from './audit-lines.ts'

type ExportOptions = {
  reader: Reader
  query: ExportAudit
  /** Throws once the caller may no longer read the audit log. */
  checkRight: () => Promise<void>
  signal: AbortSignal
}

/**
 * Yields the lines of an export, oldest first. Reads a page only when the previous one has been consumed. Throws if it can't be
 * completed, so that a partial export doesn't look complete.
 */
export async function* exportAudit({
  reader,
  query: { after, kind, actor = '', limit },
  checkRight,
  signal,
}: ExportOptions): AsyncGenerator<ExportedAuditLine> {
  const part = foldCase(actor)
  let cursor = after ?? null
  let left = limit
  while (!signal.aborted) {
    await checkRight()
    const page = await feedAfter(reader, cursor)
    for (const line of page) {
      if (!isOfKind(line, kind) || !foldCase(line.actor.name).includes(part)) continue
      yield line
      left -= 1
      if (left === 0) return
    }
    cursor = page.at(-1)?.cursor ?? null
    if (cursor === null) return
    // SQLite is synchronous, and a page without matching lines yields nothing to wait for.
    await nextIteration()
  }
}

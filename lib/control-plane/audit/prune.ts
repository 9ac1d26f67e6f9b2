import { setImmediate } from 'node:timers/promises'
import { sql } from 'kysely'
import type { Reader } from '../store/reader.ts'
import { type Pruned, pruneHistory } from './prune-history.ts'
import { AUDIT_KINDS, type AuditKind, type Retention } from './retention.ts'

const DAY_MS = 24 * 60 * 60_000
/** Rows deleted per transaction, because a long one would block the event loop. */
const BATCH = 500

/**
 * Deletes lines that exceed the retention of their kind by age or number. By number, it deletes the oldest lines of the sources with
 * the most lines, so that a flood evicts only its own lines.
 * @param now Unix time, milliseconds
 */
export async function prune(
  pruned: Pruned,
  now: number,
  { days, lines }: Retention,
): Promise<void> {
  for (const kind of AUDIT_KINDS) {
    if (days[kind] > 0) {
      const before = new Date(now - days[kind] * DAY_MS).toISOString()
      await deleteInBatches(pruned, Infinity, (reader, limit) =>
        reader
          .selectFrom('audit')
          .select('id')
          .where('kind', '=', kind)
          .where('at', '<', before)
          .limit(limit)
          .execute(),
      )
    }
    await deleteExcess(pruned, kind, lines[kind])
  }
  if (days.changes > 0) {
    await pruneHistory(pruned, new Date(now - days.changes * DAY_MS).toISOString())
  }
}

async function deleteExcess(pruned: Pruned, kind: AuditKind, linesMax: number): Promise<void> {
  const sizes = await sourceSizes(pruned.store.reader, kind)
  if (linesWithCap(sizes, Infinity) <= linesMax) return
  const each = linesPerSource(sizes, linesMax)
  await deleteInBatches(pruned, Infinity, (reader, limit) =>
    reader
      .selectFrom((lines) =>
        lines
          .selectFrom('audit')
          .select([
            'id',
            sql<number>`row_number() over (partition by source order by id desc)`.as('age'),
          ])
          .where('kind', '=', kind)
          .as('lines'),
      )
      .select('id')
      .where('age', '>', each)
      .limit(limit)
      .execute(),
  )
  // With more sources than lines, even one line per source is too many.
  await deleteInBatches(pruned, linesWithCap(sizes, each) - linesMax, (reader, limit) =>
    reader
      .selectFrom('audit')
      .select('id')
      .where('kind', '=', kind)
      .orderBy('id')
      .limit(limit)
      .execute(),
  )
}

/** The number of sources by their number of lines. */
type Sizes = { lines: number; sources: number }[]

function sourceSizes(reader: Reader, kind: AuditKind): Promise<Sizes> {
  return reader
    .selectFrom((sources) =>
      sources
        .selectFrom('audit')
        .select(({ fn }) => fn.countAll<number>().as('lines'))
        .where('kind', '=', kind)
        .groupBy('source')
        .as('sources'),
    )
    .select(({ fn }) => ['lines', fn.countAll<number>().as('sources')])
    .groupBy('lines')
    .execute()
}

/** The total number of lines if each source keeps at most `each`. */
function linesWithCap(sizes: Sizes, each: number): number {
  return sizes.reduce((total, { lines, sources }) => total + Math.min(lines, each) * sources, 0)
}

/** The largest number of lines per source whose total doesn't exceed `linesMax`; at least one. */
function linesPerSource(sizes: Sizes, linesMax: number): number {
  let [fits, exceeds] = [1, linesMax + 1]
  while (exceeds - fits > 1) {
    const middle = Math.floor((fits + exceeds) / 2)
    if (linesWithCap(sizes, middle) <= linesMax) fits = middle
    else exceeds = middle
  }
  return fits
}

async function deleteInBatches(
  { store, authority }: Pruned,
  linesMax: number,
  select: (reader: Reader, limit: number) => Promise<{ id: number }[]>,
): Promise<void> {
  for (let left = linesMax; left > 0; ) {
    const limit = Math.min(left, BATCH)
    const deleted = await store.transaction(authority, async (writer) => {
      const ids = await select(writer, limit)
      await writer
        .deleteFrom('audit')
        .where(
          'id',
          'in',
          ids.map(({ id }) => id),
        )
        .execute()
      return ids.length
    })
    if (deleted < limit) return
    left -= deleted
    await setImmediate()
  }
}

import { setImmediate } from 'node:timers/promises'
import { sql } from 'kysely'
import { Authority } from '../authority/authority.ts'
import type { Reader, Store } from '../store/store.ts'
import { pruneHistory } from './prune-history.ts'
import { AUDIT_KINDS, type AuditKind, type Retention } from './retention.ts'

const DAY_MS = 24 * 60 * 60_000
/** Rows deleted in one transaction. SQLite is synchronous, so a long one would block the event loop. */
const BATCH = 500

/**
 * Deletes what is older than its kind is kept, and what is more than so many lines of its kind: the oldest of whoever has
 * most, so that a flood by one evicts its own lines.
 * @param now Unix time, milliseconds
 */
export async function prune(store: Store, now: number, { days, lines }: Retention): Promise<void> {
  for (const kind of AUDIT_KINDS) {
    if (days[kind] > 0) {
      const before = new Date(now - days[kind] * DAY_MS).toISOString()
      await deleteInBatches(store, Infinity, (reader, limit) =>
        reader
          .selectFrom('audit')
          .select('id')
          .where('kind', '=', kind)
          .where('at', '<', before)
          .limit(limit)
          .execute(),
      )
    }
    await deleteExcess(store, kind, lines[kind])
  }
  if (days.changes > 0) {
    await pruneHistory(store, new Date(now - days.changes * DAY_MS).toISOString())
  }
}

async function deleteExcess(store: Store, kind: AuditKind, linesMax: number): Promise<void> {
  const sizes = await sourceSizes(store.reader, kind)
  if (sum(sizes, Infinity) <= linesMax) return
  const each = fairShare(sizes, linesMax)
  await deleteInBatches(store, Infinity, (reader, limit) =>
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
  // There may be more callers than lines.
  await deleteInBatches(store, sum(sizes, each) - linesMax, (reader, limit) =>
    reader
      .selectFrom('audit')
      .select('id')
      .where('kind', '=', kind)
      .orderBy('id')
      .limit(limit)
      .execute(),
  )
}

/** How many sources have so many lines of a kind. */
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

/** How many lines there are where every source may have `each`. */
function sum(sizes: Sizes, each: number): number {
  return sizes.reduce((total, { lines, sources }) => total + Math.min(lines, each) * sources, 0)
}

/** The most lines that each source may have for all to be no more than `linesMax`; at least one. */
function fairShare(sizes: Sizes, linesMax: number): number {
  let [fits, exceeds] = [1, linesMax + 1]
  while (exceeds - fits > 1) {
    const middle = Math.floor((fits + exceeds) / 2)
    if (sum(sizes, middle) <= linesMax) fits = middle
    else exceeds = middle
  }
  return fits
}

async function deleteInBatches(
  store: Store,
  linesMax: number,
  select: (reader: Reader, limit: number) => Promise<{ id: number }[]>,
): Promise<void> {
  for (let left = linesMax; left > 0; ) {
    const limit = Math.min(left, BATCH)
    const deleted = await store.transaction(Authority.system, async (writer) => {
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

import { sql } from 'kysely'
import type { ExportedAuditLine } from '#lib/core/audit.ts'
import { historyHorizon } from '../../store/history-horizon.ts'
import type { Reader } from '../../store/store.ts'
import { parsePlace, placeOf, type Source } from './audit-cursor.ts'
import { changeLine, eventLine } from './audit-lines.ts'

/** Lines are read so many at a time, so that neither the memory nor the time of one read grows with the audit. */
const PAGE = 100

type Placed = { position: string; source: Source; line: Omit<ExportedAuditLine, 'cursor'> }

/**
 * The audit's lines and the history's in the order in which they were committed, after a cursor; none where there are no more.
 * A line of the audit has its place from when it was written, and another once its count is final.
 */
export async function feedAfter(
  reader: Reader,
  cursor: string | null,
): Promise<ExportedAuditLine[]> {
  const [events, changes] = await Promise.all([
    eventsAfter(reader, cursor),
    changesAfter(reader, cursor),
  ])
  const lines = [...events, ...changes].sort(inOrder).slice(0, PAGE)
  return lines.map(({ position, line }) => ({ cursor: placeOf(position, line), ...line }))
}

/** The cursor after which there is nothing yet; null where there has been nothing at all. */
export async function feedEnd(reader: Reader): Promise<string | null> {
  const event = await reader
    .selectFrom('audit')
    .selectAll()
    .orderBy('feed_position', 'desc')
    .limit(1)
    .executeTakeFirst()
  const change = await reader
    .selectFrom('changes')
    .selectAll()
    .orderBy('sequence', 'desc')
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst()
  const last = [...(event ? [placedEvent(event)] : []), ...(change ? [placedChange(change)] : [])]
    .sort(inOrder)
    .at(-1)
  return last ? placeOf(last.position, last.line) : null
}

/** The sort is stable, so the lines of one change stay in their order. */
const inOrder = (a: Placed, b: Placed) =>
  Number(a.position > b.position) - Number(a.position < b.position) ||
  Number(a.source === 'c') - Number(b.source === 'c')

const placedEvent = (row: Parameters<typeof eventLine>[0]): Placed => ({
  position: row.feed_position,
  source: 'e',
  line: eventLine(row),
})

const placedChange = (row: Parameters<typeof changeLine>[0]): Placed => ({
  position: row.sequence,
  source: 'c',
  line: changeLine(row),
})

async function eventsAfter(reader: Reader, cursor: string | null): Promise<Placed[]> {
  let rows = reader.selectFrom('audit').selectAll()
  if (cursor !== null) {
    const { sequence, source, id } = parsePlace(cursor)
    // Events come before changes of the same position.
    const seen = source === 'e' ? id : Number.MAX_SAFE_INTEGER
    rows = rows.where(sql<boolean>`(feed_position, id) > (${sequence}, ${seen})`)
  }
  const page = await rows.orderBy('feed_position').orderBy('id').limit(PAGE).execute()
  return page.map(placedEvent)
}

async function changesAfter(reader: Reader, cursor: string | null): Promise<Placed[]> {
  let rows = reader
    .selectFrom('changes')
    .selectAll()
    .where('id', '>', await historyHorizon(reader))
  if (cursor !== null) {
    const { sequence, source, id } = parsePlace(cursor)
    const seen = source === 'c' ? id : 0
    rows = rows.where(sql<boolean>`(sequence, id) > (${sequence}, ${seen})`)
  }
  const page = await rows.orderBy('sequence').orderBy('id').limit(PAGE).execute()
  return page.map(placedChange)
}

import { sql } from 'kysely'
import type { ExportedAuditLine } from '#lib/core/audit.ts'
import { historyHorizon } from '../../store/history-horizon.ts'
import type { Reader } from '../../store/reader.ts'
import { changeLine, eventLine, formatCursor, type LineType, parseCursor } from './audit-lines.ts'

/** Lines per page, so that the cost of a read doesn't grow with the audit log. */
const PAGE_SIZE = 100

type PositionedLine = {
  position: string
  type: LineType
  line: Omit<ExportedAuditLine, 'cursor'>
}

/**
 * A page of events and changes in the order of their commits, after a cursor. An event gets a position when it is written, and a new
 * one when its count is final.
 */
export async function feedAfter(
  reader: Reader,
  cursor: string | null,
): Promise<ExportedAuditLine[]> {
  const [events, changes] = await Promise.all([
    eventsAfter(reader, cursor),
    changesAfter(reader, cursor),
  ])
  const lines = [...events, ...changes].sort(inOrder).slice(0, PAGE_SIZE)
  return lines.map(({ position, line }) => ({ cursor: formatCursor(position, line), ...line }))
}

/** The cursor of the newest line; null if there are no lines. */
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
  const last = [
    ...(event ? [positionedEvent(event)] : []),
    ...(change ? [positionedChange(change)] : []),
  ]
    .sort(inOrder)
    .at(-1)
  return last ? formatCursor(last.position, last.line) : null
}

/** The sort is stable, so the lines of one change keep their order. */
const inOrder = (a: PositionedLine, b: PositionedLine) =>
  Number(a.position > b.position) - Number(a.position < b.position) ||
  Number(a.type === 'c') - Number(b.type === 'c')

const positionedEvent = (row: Parameters<typeof eventLine>[0]): PositionedLine => ({
  position: row.feed_position,
  type: 'e',
  line: eventLine(row),
})

const positionedChange = (row: Parameters<typeof changeLine>[0]): PositionedLine => ({
  position: row.sequence,
  type: 'c',
  line: changeLine(row),
})

async function eventsAfter(reader: Reader, cursor: string | null): Promise<PositionedLine[]> {
  let rows = reader.selectFrom('audit').selectAll()
  if (cursor !== null) {
    const { sequence, type, id } = parseCursor(cursor)
    // Events come before changes of the same position.
    const seen = type === 'e' ? id : Number.MAX_SAFE_INTEGER
    rows = rows.where(sql<boolean>`(feed_position, id) > (${sequence}, ${seen})`)
  }
  const page = await rows.orderBy('feed_position').orderBy('id').limit(PAGE_SIZE).execute()
  return page.map(positionedEvent)
}

async function changesAfter(reader: Reader, cursor: string | null): Promise<PositionedLine[]> {
  let rows = reader
    .selectFrom('changes')
    .selectAll()
    .where('id', '>', await historyHorizon(reader))
    // Nobody requested it, so it is no event of the audit log.
    .where('verb', '!=', 'failover')
  if (cursor !== null) {
    const { sequence, type, id } = parseCursor(cursor)
    const seen = type === 'c' ? id : 0
    rows = rows.where(sql<boolean>`(sequence, id) > (${sequence}, ${seen})`)
  }
  const page = await rows.orderBy('sequence').orderBy('id').limit(PAGE_SIZE).execute()
  return page.map(positionedChange)
}

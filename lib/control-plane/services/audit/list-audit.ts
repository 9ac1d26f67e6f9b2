import { type SelectQueryBuilder, sql } from 'kysely'
import { type AuditLine, type AuditList, ListAudit } from '#lib/core/audit.ts'
import { contains } from '../../store/filters.ts'
import { historyHorizon } from '../../store/history-horizon.ts'
import type { Reader } from '../../store/reader.ts'
import type { Tables } from '../../store/tables.ts'
import type { CallWith } from '../call.ts'
import { parseInput } from '../parse-input.ts'
import {
  changeLine,
  DENIALS,
  eventLine,
  formatCursor,
  isOlder,
  type LineType,
  LOGINS,
} from './audit-lines.ts'

/** A page of events and changes, newest first. */
export async function listAudit({ ctx, query }: CallWith<'query', 'store'>): Promise<AuditList> {
  const filter = parseInput(ListAudit, query)
  const { reader } = ctx.store
  const [events, changes] = await Promise.all([
    filter.kind === 'changes' ? [] : eventLines(reader, filter),
    filter.kind === undefined || filter.kind === 'changes' ? changeLines(reader, filter) : [],
  ])
  // The sort is stable, so events stay before changes of the same sequence.
  const lines = [...events, ...changes].sort(
    (a, b) => Number(a.sequence < b.sequence) - Number(a.sequence > b.sequence),
  )
  const page = lines.slice(0, filter.page_size)
  const last = page.at(-1)
  return {
    lines: page.map(({ line }) => line),
    next: last && page.length < lines.length ? formatCursor(last.sequence, last.line) : null,
  }
}

/** A line with its sequence. */
type SequencedLine = { sequence: string; line: AuditLine }

async function eventLines(reader: Reader, filter: ListAudit): Promise<SequencedLine[]> {
  const { kind } = filter
  let rows = reader.selectFrom('audit').selectAll()
  if (kind) rows = rows.where('event', 'in', kind === 'logins' ? LOGINS : DENIALS)
  return (await newestRows(rows, 'e', filter)).map((row) => ({
    sequence: row.sequence,
    line: eventLine(row),
  }))
}

async function changeLines(reader: Reader, filter: ListAudit): Promise<SequencedLine[]> {
  const rows = reader
    .selectFrom('changes')
    .selectAll()
    .where('id', '>', await historyHorizon(reader))
    // Nobody requested it, so it is no event of the audit log.
    .where('verb', '!=', 'failover')
  return (await newestRows(rows, 'c', filter)).map((row) => ({
    sequence: row.sequence,
    line: changeLine(row),
  }))
}

/** A page of rows of one type, plus one row if there are more. */
function newestRows<Table extends 'audit' | 'changes', Row>(
  rows: SelectQueryBuilder<Tables, Table, Row>,
  type: LineType,
  { before, actor, page_size }: ListAudit,
): Promise<Row[]> {
  let matches = rows
  if (before) matches = matches.where(isOlder(before, type))
  if (actor) matches = matches.where(contains('actor_name', actor))
  return matches
    .orderBy(sql.ref('sequence'), 'desc')
    .orderBy(sql.ref('id'), 'desc')
    .limit(page_size + 1)
    .execute()
}

import { type SelectQueryBuilder, sql } from 'kysely'
import { type AuditLine, type AuditList, ListAudit } from '#lib/core/audit.ts'
import { contains } from '../../store/filters.ts'
import { historyHorizon } from '../../store/history-horizon.ts'
import type { Reader } from '../../store/store.ts'
import type { Tables } from '../../store/tables.ts'
import type { CallWith } from '../call.ts'
import { parseInput } from '../parse-input.ts'
import { placeOf, type Source, standsAfter } from './audit-cursor.ts'
import { DENIALS, LOGINS } from './audit-kinds.ts'
import { changeLine, eventLine } from './audit-lines.ts'

/** Who logged in, was refused or changed something, newest first: the audit's own lines, and those of the history. */
export async function listAudit({ ctx, query }: CallWith<'query', 'store'>): Promise<AuditList> {
  const filter = parseInput(ListAudit, query)
  const { reader } = ctx.store
  const [events, changes] = await Promise.all([
    filter.kind === 'changes' ? [] : eventLines(reader, filter),
    filter.kind === undefined || filter.kind === 'changes' ? changeLines(reader, filter) : [],
  ])
  // The sort is stable, so events stay before changes of the same sequence.
  const found = [...events, ...changes].sort(
    (a, b) => Number(a.sequence < b.sequence) - Number(a.sequence > b.sequence),
  )
  const page = found.slice(0, filter.page_size)
  const last = page.at(-1)
  return {
    lines: page.map(({ line }) => line),
    next: last && page.length < found.length ? placeOf(last.sequence, last.line) : null,
  }
}

/** A line with its sequence. */
type Placed = { sequence: string; line: AuditLine }

async function eventLines(reader: Reader, filter: ListAudit): Promise<Placed[]> {
  const { kind } = filter
  let rows = reader.selectFrom('audit').selectAll()
  if (kind) rows = rows.where('event', 'in', kind === 'logins' ? LOGINS : DENIALS)
  return (await newest(rows, 'e', filter)).map((row) => ({
    sequence: row.sequence,
    line: eventLine(row),
  }))
}

async function changeLines(reader: Reader, filter: ListAudit): Promise<Placed[]> {
  const rows = reader
    .selectFrom('changes')
    .selectAll()
    .where('id', '>', await historyHorizon(reader))
  return (await newest(rows, 'c', filter)).map((row) => ({
    sequence: row.sequence,
    line: changeLine(row),
  }))
}

/** A page of a source's rows, and one more where there is more. */
function newest<Table extends 'audit' | 'changes', Row>(
  rows: SelectQueryBuilder<Tables, Table, Row>,
  source: Source,
  { before, actor, page_size }: ListAudit,
): Promise<Row[]> {
  let matches = rows
  if (before) matches = matches.where(standsAfter(before, source))
  if (actor) matches = matches.where(contains('actor_name', actor))
  return matches
    .orderBy(sql.ref('sequence'), 'desc')
    .orderBy(sql.ref('id'), 'desc')
    .limit(page_size + 1)
    .execute()
}

import { type AuditKind, type AuditLine, type AuditList, ListAudit } from '#lib/core/audit.ts'
import { contains } from '../../store/filters.ts'
import type { Reader } from '../../store/store.ts'
import type { AuditRow, ChangeRow } from '../../store/tables.ts'
import type { CallWith } from '../call.ts'
import { parseInput } from '../parse-input.ts'
import { byPlace, parsePlace, placeOf, standsAfter } from './audit-place.ts'

const DENIALS = ['login_failed', 'held_off', 'password_wrong', 'link_refused', 'denied'] as const
const LOGINS = [
  'login',
  'login_failed',
  'held_off',
  'logout',
  'session_ended',
  'password_changed',
  'password_wrong',
  'link_refused',
] as const

/** Who logged in, was refused or changed something, newest first: the audit's own lines, and those of the history. */
export async function listAudit({ ctx, query }: CallWith<'query'>): Promise<AuditList> {
  const filter = parseInput(ListAudit, query)
  const { reader } = ctx.store
  const [events, changes] = await Promise.all([
    filter.kind === 'changes' ? [] : eventLines(reader, filter),
    filter.kind === undefined || filter.kind === 'changes' ? changeLines(reader, filter) : [],
  ])
  const found = [...events, ...changes].sort(byPlace)
  const lines = found.slice(0, filter.page_size)
  const last = lines.at(-1)
  return { lines, next: last && lines.length < found.length ? placeOf(last) : null }
}

const eventsOf = (kind: Exclude<AuditKind, 'changes'>) => (kind === 'logins' ? LOGINS : DENIALS)

async function eventLines(reader: Reader, filter: ListAudit): Promise<AuditLine[]> {
  const { before, kind, actor, page_size } = filter
  let rows = reader.selectFrom('audit').selectAll()
  if (before) rows = rows.where(standsAfter(parsePlace(before), 'e'))
  if (kind === 'logins' || kind === 'denials') rows = rows.where('event', 'in', eventsOf(kind))
  if (actor) rows = rows.where(contains('actor_name', actor))
  return (
    await rows
      .orderBy('at', 'desc')
      .orderBy('id', 'desc')
      .limit(page_size + 1)
      .execute()
  ).map(eventLine)
}

async function changeLines(reader: Reader, filter: ListAudit): Promise<AuditLine[]> {
  const { before, actor, page_size } = filter
  let rows = reader.selectFrom('changes').selectAll()
  if (before) rows = rows.where(standsAfter(parsePlace(before), 'c'))
  if (actor) rows = rows.where(contains('actor_name', actor))
  return (
    await rows
      .orderBy('at', 'desc')
      .orderBy('id', 'desc')
      .limit(page_size + 1)
      .execute()
  ).map(changeLine)
}

function eventLine(row: AuditRow): AuditLine {
  const { id, at, event, address, detail, count, last_at, request_id } = row
  const actor = { kind: row.actor_kind, name: row.actor_name }
  const shared = { at, event, actor, address, detail, count, last_at, request_id }
  return { id: `e${id}`, ...shared, change: null }
}

function changeLine(row: ChangeRow): AuditLine {
  const { id, at, lb_id, verb, before, after, address, request_id } = row
  const resource = { type: row.resource_type, id: row.resource_id }
  return {
    id: `c${id}`,
    at,
    event: 'change',
    actor: { kind: row.actor_kind, name: row.actor_name },
    address,
    detail: null,
    count: 1,
    last_at: at,
    request_id,
    change: { verb, resource, lb_id, before, after },
  }
}

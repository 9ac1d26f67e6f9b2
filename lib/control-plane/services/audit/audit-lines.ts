import { type RawBuilder, type SqlBool, sql } from 'kysely'
import { AUDIT_EVENTS, type AuditLine, type ListAudit } from '#lib/core/audit.ts'
import type { AuditRow, ChangeRow } from '../../store/tables.ts'

/** The first letter of a line's ID: `e` for an event of the audit log, `c` for a change of the history. */
export type LineType = 'e' | 'c'

/** An event as the API returns it. */
export function eventLine(row: AuditRow): AuditLine {
  const { id, at, event, address, detail, count, last_at, request_id } = row
  const actor = { kind: row.actor_kind, name: row.actor_name }
  const details = row.details ?? []
  const shared = { at, event, actor, address, detail, details, count, last_at, request_id }
  return { id: `e${id}`, ...shared, change: null }
}

/** A change as the API returns it among the audit lines. */
export function changeLine(row: ChangeRow): AuditLine {
  const { id, at, lb_id, verb, before, after, address, request_id } = row
  const resource = { type: row.resource_type, id: row.resource_id }
  return {
    id: `c${id}`,
    at,
    event: 'change',
    actor: { kind: row.actor_kind, name: row.actor_name },
    address,
    detail: null,
    details: [],
    count: 1,
    last_at: at,
    request_id,
    change: { verb, resource, lb_id, before, after },
  }
}

export const DENIALS = [
  'login_failed',
  'held_off',
  'password_wrong',
  'link_refused',
  'denied',
] as const
export const LOGINS = AUDIT_EVENTS.filter((event) => event !== 'denied')

/** Whether a line matches the filter `kind`; undefined matches all. */
export function isOfKind({ event }: AuditLine, kind: ListAudit['kind']): boolean {
  if (kind === undefined) return true
  if (event === 'change') return kind === 'changes'
  if (kind === 'changes') return false
  return (kind === 'logins' ? LOGINS : DENIALS).some((one) => one === event)
}

/**
 * Lines are ordered by sequence (the time, or later if the clock was set back), then events before changes, then by ID. All lines
 * of one change have the same sequence.
 */
export type AuditPosition = { sequence: string; type: LineType; id: number }

/** The cursor of a line: "2026-07-21T10:17:00.000000Z/c12". */
export const formatCursor = (sequence: string, { id }: AuditLine): string => `${sequence}/${id}`

/** @param text validated by `ListAudit` or `ExportAudit` */
export function parseCursor(text: string): AuditPosition {
  const [sequence = '', id = ''] = text.split('/')
  return { sequence, type: id.startsWith('e') ? 'e' : 'c', id: Number(id.slice(1)) }
}

/** The SQL condition that rows of a type are older than the cursor's line. */
export function isOlder(cursor: string, type: LineType): RawBuilder<SqlBool> {
  const position = parseCursor(cursor)
  const otherType = type === 'c' ? Number.MAX_SAFE_INTEGER : 0
  const id = position.type === type ? position.id : otherType
  return sql<SqlBool>`(sequence, id) < (${position.sequence}, ${id})`
}

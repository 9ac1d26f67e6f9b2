import type { AuditLine } from '#lib/core/audit.ts'
import type { AuditRow, ChangeRow } from '../../store/tables.ts'

/** A log-in, a denial and the like, as the API has it. */
export function eventLine(row: AuditRow): AuditLine {
  const { id, at, event, address, detail, count, last_at, request_id } = row
  const actor = { kind: row.actor_kind, name: row.actor_name }
  const details = row.details ?? []
  const shared = { at, event, actor, address, detail, details, count, last_at, request_id }
  return { id: `e${id}`, ...shared, change: null }
}

/** A change, as the API has it among the lines of the audit. */
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

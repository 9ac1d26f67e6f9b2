import { type RawBuilder, type SqlBool, sql } from 'kysely'
import type { AuditLine } from '#lib/core/audit.ts'

/**
 * Where a line stands among the others: by its sequence (its time, or later where the clock was set back since the line
 * before), then log-ins and denials before changes, then by its number. All lines of one change are of one sequence, so that
 * it alone is no place.
 */
type Place = { sequence: string; source: Source; id: number }
/** The first letter of a line's id: an event of the audit's own, or a change. */
export type Source = 'e' | 'c'

/** What a next page is asked for with: "2026-07-21T10:17:00.000000Z/c12". */
export const placeOf = (sequence: string, { id }: AuditLine): string => `${sequence}/${id}`

/** @param text as `ListAudit` lets it in */
function parsePlace(text: string): Place {
  const [sequence = '', id = ''] = text.split('/')
  return { sequence, source: id.startsWith('e') ? 'e' : 'c', id: Number(id.slice(1)) }
}

/** Whether a row of a source, by its `sequence` and `id`, stands after a place. */
export function standsAfter(place: string, source: Source): RawBuilder<SqlBool> {
  const { sequence, source: placed, id } = parsePlace(place)
  const changes = source === 'c' ? Number.MAX_SAFE_INTEGER : 0
  return sql<SqlBool>`(sequence, id) < (${sequence}, ${source === placed ? id : changes})`
}

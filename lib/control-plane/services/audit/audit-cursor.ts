import { type RawBuilder, type SqlBool, sql } from 'kysely'
import type { AuditLine } from '#lib/core/audit.ts'

/**
 * A line's position, which orders the audit: by its sequence (its time, or later if the clock was set back since the line
 * before), then events before changes, then by id. All lines of one change have the same sequence.
 */
export type Place = { sequence: string; source: Source; id: number }
/** The first letter of a line's id: an event of the audit's own, or a change. */
export type Source = 'e' | 'c'

/** What a next page is asked for with: "2026-07-21T10:17:00.000000Z/c12". */
export const placeOf = (sequence: string, { id }: AuditLine): string => `${sequence}/${id}`

/** @param text as `ListAudit` lets it in */
export function parsePlace(text: string): Place {
  const [sequence = '', id = ''] = text.split('/')
  return { sequence, source: id.startsWith('e') ? 'e' : 'c', id: Number(id.slice(1)) }
}

/** A condition on a source's rows: their position is after `place`. */
export function standsAfter(place: string, source: Source): RawBuilder<SqlBool> {
  const { sequence, source: placed, id } = parsePlace(place)
  const changes = source === 'c' ? Number.MAX_SAFE_INTEGER : 0
  return sql<SqlBool>`(sequence, id) < (${sequence}, ${source === placed ? id : changes})`
}

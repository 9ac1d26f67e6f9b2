import { type RawBuilder, sql } from 'kysely'
import { foldCase } from '#lib/core/fold-case.ts'

/** The columns that are searched or sorted by in any case. Each has another beside it, which holds its text folded. */
export const FOLDED_COLUMNS: Readonly<Record<string, readonly string[]>> = {
  lbs: ['name', 'tags'],
  backends: ['name'],
  frontends: ['name'],
  acls: ['name'],
  certificates: ['name'],
  subscribers: ['name'],
  ips: ['reverse', 'tags'],
  changes: ['actor_name'],
  audit: ['actor_name'],
}

const SUFFIX = '_folded'

export const foldedName = (column: string) => `${column}${SUFFIX}`
export const isFolded = (column: string) => column.endsWith(SUFFIX)

/** The folded column of a column, for conditions and orders. */
export const folded = (column: string): RawBuilder<string> => sql.ref(foldedName(column))

/** What a folded column holds: a text folded, or a list of texts as JSON. */
export function foldedValue(value: unknown): string {
  if (Array.isArray(value)) return JSON.stringify(value.map((one) => foldCase(String(one))))
  return value === null || value === undefined ? '' : foldCase(String(value))
}

import { type RawBuilder, type SqlBool, sql } from 'kysely'
import { foldCase } from '#lib/core/fold-case.ts'
import type { Scope } from '../scope.ts'
import { folded } from './folded-columns.ts'

/** Whether a table's row lies in what the URL reaches. */
export function isWithin(
  table: 'lbs' | 'ips' | 'subscribers',
  { region, zone }: Scope,
): RawBuilder<SqlBool> {
  const inRegion = sql<SqlBool>`${sql.ref(`${table}.region`)} = ${region}`
  return zone === null
    ? inRegion
    : sql<SqlBool>`${inRegion} and ${sql.ref(`${table}.zone`)} = ${zone}`
}

/** Whether a column's text contains `part`, in any case. The column has a folded one. */
export function contains(column: string, part: string): RawBuilder<SqlBool> {
  return containsFolded(folded(column), foldCase(part))
}

/** Whether a column of addresses contains `part`. They are stored in their one spelling, which is folded. */
export function addressContains(column: string, part: string): RawBuilder<SqlBool> {
  return containsFolded(sql.ref(column), foldCase(part))
}

/** Whether a tag of a column's JSON list contains `part`, in any case. The column has a folded one. */
export function aTagContains(column: string, part: string): RawBuilder<SqlBool> {
  const tag = containsFolded(sql.ref('tag.value'), foldCase(part))
  return sql<SqlBool>`exists (select 1 from json_each(${folded(column)}) as tag where ${tag})`
}

const containsFolded = (text: RawBuilder<unknown>, part: string) =>
  sql<SqlBool>`instr(${text}, ${part}) > 0`

/**
 * Whether a column's JSON list holds every one of `tags`: one expression, however many there are. SQLite's `json_each`;
 * PostgreSQL would use `@>`.
 */
export function hasTags(column: string, tags: string[]): RawBuilder<SqlBool> {
  const wanted = [...new Set(tags)]
  const found = sql`select count(distinct tag.value) from json_each(${sql.ref(column)}) as tag
    where tag.value in (select value from json_each(${JSON.stringify(wanted)}))`
  return sql<SqlBool>`(${found}) = ${wanted.length}`
}

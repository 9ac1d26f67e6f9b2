import { type RawBuilder, type SqlBool, sql } from 'kysely'
import type { Scope } from '../scope.ts'

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

/** Whether a column's text holds `part`, whatever the case. */
export function contains(column: string, part: string): RawBuilder<SqlBool> {
  const pattern = `%${part.toLowerCase().replaceAll(/[\\%_]/g, '\\$&')}%`
  return sql<SqlBool>`lower(${sql.ref(column)}) like ${pattern} escape '\\'`
}

/** Whether a tag of a column's JSON list holds `part`, whatever the case. */
export function aTagContains(column: string, part: string): RawBuilder<SqlBool> {
  return sql<SqlBool>`exists (select 1 from json_each(${sql.ref(column)}) as tag where ${contains('tag.value', part)})`
}

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

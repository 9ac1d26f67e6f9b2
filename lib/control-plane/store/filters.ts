import { type Expression, type RawBuilder, type SqlBool, sql } from 'kysely'
import { foldCase } from '#lib/core/fold-case.ts'
import type { Scope } from '../scope.ts'
import { jsonItems, textPosition } from './dialect/portable-sql.ts'
import { folded } from './folded-columns.ts'

/** Whether a table's row is in the region or zone of the URL. */
export function isWithin(
  table: 'lbs' | 'ips' | 'subscribers',
  { region, zone }: Scope,
): RawBuilder<SqlBool> {
  const inRegion = sql<SqlBool>`${sql.ref(`${table}.region`)} = ${region}`
  return zone === null
    ? inRegion
    : sql<SqlBool>`${inRegion} and ${sql.ref(`${table}.zone`)} = ${zone}`
}

/** Whether a column's text contains `part`, case-insensitively. The column must be in `FOLDED_COLUMNS`. */
export function contains(column: string, part: string): RawBuilder<SqlBool> {
  return containsFolded(folded(column), foldCase(part))
}

/** Whether an address column contains `part`. Addresses are stored in canonical form, which is lower-case. */
export function addressContains(column: string, part: string): RawBuilder<SqlBool> {
  return containsFolded(sql.ref(column), foldCase(part))
}

/** Whether a tag in a column's list contains `part`, case-insensitively. The column must be in `FOLDED_COLUMNS`. */
export function someTagContains(column: string, part: string): RawBuilder<SqlBool> {
  const text = foldCase(part)
  const tag = containsFolded(sql.ref('tag.value'), text)
  // Most lists are ruled out without parsing them.
  const list = containsFolded(folded(column), JSON.stringify(text).slice(1, -1))
  return sql<SqlBool>`(${list} and exists (select 1 from ${jsonItems(folded(column))} as tag where ${tag}))`
}

const containsFolded = (text: Expression<unknown>, part: string) =>
  sql<SqlBool>`${textPosition(text, part)} > 0`

/** Whether a column's list has all of `tags`. */
export function hasTags(column: string, tags: string[]): RawBuilder<SqlBool> {
  const [first, ...others] = new Set(tags)
  if (first === undefined) return sql<SqlBool>`1 = 1`
  const distinct = [first, ...others]
  // Most lists are ruled out without parsing them.
  const hasFirst = containsFolded(sql.ref(column), JSON.stringify(first))
  const found = sql`select count(distinct tag.value) from ${jsonItems(sql.ref(column))} as tag
    where tag.value in (select value from ${jsonItems(sql.val(JSON.stringify(distinct)))} as wanted)`
  return sql<SqlBool>`(${hasFirst} and (${found}) = ${distinct.length})`
}

import { type Expression, type RawBuilder, type SqlBool, sql } from 'kysely'
import { textPosition } from './dialect/portable-sql.ts'
import { addressContains, contains, someTagContains } from './filters.ts'

/** The columns that a search compares with its terms. */
export type SearchColumns = {
  texts?: string[]
  addresses?: string[]
  tags?: string
  /** A column of port numbers. */
  port?: string
  id?: string
  /** The name of the resource's parent. It narrows a search, but doesn't match by itself. */
  parentName?: string
}

/** Shorter prefixes match too many IDs. */
const ID_PREFIX = /^[0-9a-f-]{6,}$/
const NUMBER = /^\d{1,5}$/

/** Whether each term, folded, matches one of a row's columns, and at least one term a column other than the parent's name. */
export function matchesTerms(terms: string[], columns: SearchColumns): RawBuilder<SqlBool> {
  const { parentName } = columns
  const own = terms.map((term) => any(ownMatches(term, columns)))
  if (!parentName) return all(own)
  const each = terms.map((term) => any([...ownMatches(term, columns), contains(parentName, term)]))
  return all([...each, any(own)])
}

function ownMatches(
  term: string,
  { texts = [], addresses = [], tags, port, id }: SearchColumns,
): RawBuilder<SqlBool>[] {
  const matches = [
    ...texts.map((column) => contains(column, term)),
    ...addresses.map((column) => addressContains(column, term)),
  ]
  if (tags) matches.push(someTagContains(tags, term))
  if (port && NUMBER.test(term)) matches.push(sql`${sql.ref(port)} = ${Number(term)}`)
  if (id && ID_PREFIX.test(term)) matches.push(sql`${sql.ref(id)} like ${`${term}%`}`)
  return matches
}

/** Orders matches of a folded text: equal to the search first, then those that begin with its first term. */
export function matchRank(text: Expression<unknown>, terms: string[]): RawBuilder<number> {
  return sql<number>`case
    when ${text} = ${terms.join(' ')} then 0
    when ${textPosition(text, terms[0] ?? '')} = 1 then 1
    else 2 end`
}

const all = (parts: RawBuilder<SqlBool>[]) => sql<SqlBool>`(${sql.join(parts, sql` and `)})`
const any = (parts: RawBuilder<SqlBool>[]) => sql<SqlBool>`(${sql.join(parts, sql` or `)})`

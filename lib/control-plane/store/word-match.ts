import { type Expression, type RawBuilder, type SqlBool, sql } from 'kysely'
import { textPosition } from './dialect/portable-sql.ts'
import { addressContains, aTagContains, contains } from './filters.ts'

/** The columns that a search looks at. */
export type Searched = {
  texts?: string[]
  addresses?: string[]
  tags?: string
  /** A column of port numbers. */
  port?: string
  id?: string
  /** Where it is: narrows the search down, but is no reason to be found by itself. */
  place?: string
}

/** Shorter beginnings of an ID are in too many. */
const ID_BEGINNING = /^[0-9a-f-]{6,}$/
const NUMBER = /^\d{1,5}$/

/** Whether every word, folded, is in one of a row's columns, and at least one in a column that is not its place. */
export function holdsAll(words: string[], searched: Searched): RawBuilder<SqlBool> {
  const { place } = searched
  const own = words.map((word) => any(ownMatches(word, searched)))
  if (!place) return all(own)
  const each = words.map((word) => any([...ownMatches(word, searched), contains(place, word)]))
  return all([...each, any(own)])
}

function ownMatches(
  word: string,
  { texts = [], addresses = [], tags, port, id }: Searched,
): RawBuilder<SqlBool>[] {
  const matches = [
    ...texts.map((column) => contains(column, word)),
    ...addresses.map((column) => addressContains(column, word)),
  ]
  if (tags) matches.push(aTagContains(tags, word))
  if (port && NUMBER.test(word)) matches.push(sql`${sql.ref(port)} = ${Number(word)}`)
  if (id && ID_BEGINNING.test(word)) matches.push(sql`${sql.ref(id)} like ${`${word}%`}`)
  return matches
}

/** For ordering by a folded text: first what is just the words, then what begins with the first of them. */
export function nearness(text: Expression<unknown>, words: string[]): RawBuilder<number> {
  return sql<number>`case
    when ${text} = ${words.join(' ')} then 0
    when ${textPosition(text, words[0] ?? '')} = 1 then 1
    else 2 end`
}

const all = (parts: RawBuilder<SqlBool>[]) => sql<SqlBool>`(${sql.join(parts, sql` and `)})`
const any = (parts: RawBuilder<SqlBool>[]) => sql<SqlBool>`(${sql.join(parts, sql` or `)})`

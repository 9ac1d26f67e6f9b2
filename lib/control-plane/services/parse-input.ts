import type * as z from 'zod'
import type { ArgumentDetail } from '#lib/core/api-error.ts'
import { invalidArguments, invalidField, PROBLEMS_MAX } from '../errors.ts'

/** More than any valid request has, and validated within a few milliseconds. */
const ITEMS_MAX = 25_000
/** The weight of an object in a list, because each of its fields can be wrong. */
const OBJECT_ITEMS = 20

/**
 * Parses a request with a schema of `lib/core`.
 * @throws ApiError 400 that names the wrong fields
 */
export function parseInput<T>(schema: z.ZodType<T>, input: unknown): T {
  if (countItems(input, ITEMS_MAX) > ITEMS_MAX) {
    const message =
      `The lists of a request can have at most ${ITEMS_MAX} items together. An object counts as ${OBJECT_ITEMS}. ` +
      'Send several requests.'
    throw invalidField('', message)
  }
  return parseAny(schema, input)
}

/** Like `parseInput`, without a limit on items. For requests of nodes. @throws ApiError 400 */
export function parseAny<T>(schema: z.ZodType<T>, input: unknown): T {
  const parsed = schema.safeParse(input ?? {}, { reportInput: true })
  if (parsed.success) return parsed.data
  throw invalidArguments(parsed.error.issues.slice(0, PROBLEMS_MAX).map(detailOf))
}

/** Counts the items of all lists in a request. Stops above `most`. */
function countItems(input: unknown, most: number): number {
  let count = 0
  const pending = [input]
  while (pending.length > 0 && count <= most) {
    const one = pending.pop()
    if (one === null || typeof one !== 'object') continue
    if (Array.isArray(one)) count += one.length + (OBJECT_ITEMS - 1) * objectsIn(one, most)
    if (count <= most) for (const part of Object.values(one)) pending.push(part)
  }
  return count
}

/** Counts objects. Lists of more than `most` items are rejected anyway and count 0. */
function objectsIn(items: unknown[], most: number): number {
  if (items.length > most) return 0
  return items.filter((item) => item !== null && typeof item === 'object').length
}

function detailOf(issue: z.core.$ZodIssue): ArgumentDetail {
  const missing = issue.input === undefined || issue.input === null || issue.input === ''
  const reason = missing ? 'required' : isFormat(issue) ? 'format' : 'constraint'
  return { argument_name: issue.path.join('.'), help_message: messageOf(issue, missing), reason }
}

function isFormat(issue: z.core.$ZodIssue): boolean {
  return issue.code === 'invalid_type' || issue.code === 'invalid_format'
}

/** Messages of the schemas are kept; zod's default messages are replaced. */
function messageOf(issue: z.core.$ZodIssue, missing: boolean): string {
  if (!issue.message.startsWith('Invalid ')) return issue.message
  if (missing) return 'This field is required.'
  if (issue.code === 'invalid_type') return `This field must be ${withArticle(issue.expected)}.`
  if (issue.code === 'invalid_value') return `This field must be one of ${issue.values.join(', ')}.`
  return 'This value is not valid.'
}

function withArticle(type: string): string {
  return `${/^[aeiou]/.test(type) ? 'an' : 'a'} ${type}`
}

import type * as z from 'zod'
import type { ArgumentDetail } from '#lib/core/api-error.ts'
import { invalidArguments, invalidField, PROBLEMS_MAX } from '../errors.ts'

/** More than any valid request has, and few enough to validate in a few milliseconds. */
const ITEMS_MAX = 25_000
/** What an object in a list counts: it has many fields, and as many may be wrong. */
const OBJECT_ITEMS = 20

/**
 * Reads a request with one of the schemas of `lib/core`.
 * @throws ApiError 400 that names the wrong fields.
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

/** As `parseInput`, however much it is. For what only nodes send. @throws ApiError 400 */
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

/** @param most looks at no more items than these */
function objectsIn(items: unknown[], most: number): number {
  if (items.length > most) return 0
  return items.filter((item) => item !== null && typeof item === 'object').length
}

function detailOf(issue: z.core.$ZodIssue): ArgumentDetail {
  const missing = issue.input === undefined || issue.input === null || issue.input === ''
  const reason = missing ? 'required' : isFormat(issue) ? 'format' : 'constraint'
  return { argument_name: issue.path.join('.'), help_message: wordsOf(issue, missing), reason }
}

function isFormat(issue: z.core.$ZodIssue): boolean {
  return issue.code === 'invalid_type' || issue.code === 'invalid_format'
}

/** The schemas word their own messages; what they leave to the library is worded here. */
function wordsOf(issue: z.core.$ZodIssue, missing: boolean): string {
  if (!issue.message.startsWith('Invalid ')) return issue.message
  if (missing) return 'This field is required.'
  if (issue.code === 'invalid_type') return `This field must be ${withArticle(issue.expected)}.`
  if (issue.code === 'invalid_value') return `This field must be one of ${issue.values.join(', ')}.`
  return 'This value is not valid.'
}

function withArticle(type: string): string {
  return `${/^[aeiou]/.test(type) ? 'an' : 'a'} ${type}`
}

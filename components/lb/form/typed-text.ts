import { formatDuration } from '#lib/core/duration-text.ts'

/** Reads what people type into inputs. */

/** A whole number; undefined for an empty text, NaN for anything else, which the schemas refuse. */
export function numberOf(text: string): number | undefined {
  const trimmed = text.trim()
  if (trimmed === '') return undefined
  return /^\d+$/.test(trimmed) ? Number(trimmed) : Number.NaN
}

/** A number that null unsets. */
export const numberOrNull = (text: string): number | null => numberOf(text) ?? null

/** A number in a required field. It may be undefined all the same; the schema then names the field. */
export const requiredNumber = (text: string) => numberOf(text) as number

/** Milliseconds as the API's duration; null for an empty text. The schema refuses what is not a number. */
export function durationOrNull(text: string): string | null {
  const milliseconds = numberOf(text)
  if (milliseconds === undefined) return null
  return Number.isNaN(milliseconds) ? text.trim() : formatDuration(milliseconds)
}

const SEPARATOR = /[\s,;]+/

/** The addresses of a text, each with its line from 1. Line breaks, spaces, commas and semicolons separate them. */
export function serverLines(text: string): { address: string; line: number }[] {
  return text.split('\n').flatMap((content, index) =>
    content
      .split(SEPARATOR)
      .filter((address) => address !== '')
      .map((address) => ({ address, line: index + 1 })),
  )
}

/** The same addresses, one per line. */
export function onePerLine(text: string): string {
  return serverLines(text)
    .map(({ address }) => address)
    .join('\n')
}

/** A tag in quotes: a JSON string, which can hold commas, quotes and line breaks. */
const QUOTED = /^\s*("(?:[^"\\]|\\.)*")\s*(?:,|$)/
const PLAIN = /^([^,]*)(?:,|$)/
const NEEDS_QUOTES = /^["\s]|[,\p{Cc}]|\s$|^$/u

/** Tags separated by commas, with quotes around those that would be read differently without. */
export function tagsText(tags: readonly string[]): string {
  return tags
    .map((tag, at) => {
      const isRepeated = tags.indexOf(tag) < at
      return isRepeated || NEEDS_QUOTES.test(tag) ? JSON.stringify(tag) : tag
    })
    .join(', ')
}

/** The tags of a text. A repeated tag counts once, unless it is in quotes. */
export function tagsOf(text: string): string[] {
  const tags: string[] = []
  let rest = text
  while (rest !== '') {
    const quoted = QUOTED.exec(rest)
    const tag = quoted && parsed(quoted[1] as string)
    if (quoted && tag !== null) {
      tags.push(tag)
      rest = rest.slice(quoted[0].length)
      continue
    }
    const [whole, content = ''] = PLAIN.exec(rest) ?? [rest]
    const plain = content.trim()
    if (plain !== '' && !tags.includes(plain)) tags.push(plain)
    rest = rest.slice(whole.length)
  }
  return tags
}

function parsed(literal: string): string | null {
  try {
    return JSON.parse(literal) as string
  } catch {
    return null
  }
}

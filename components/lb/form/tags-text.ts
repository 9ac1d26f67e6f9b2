/** A tag in quotes: a JSON string, which can hold commas, quotes and line breaks. */
const QUOTED = /^\s*("(?:[^"\\]|\\.)*")\s*(?:,|$)/
const PLAIN = /^([^,]*)(?:,|$)/
const NEEDS_QUOTES = /^["\s]|[,\p{Cc}]|\s$|^$/u

/** Tags as an input holds them: separated by commas, those that could be mistaken in quotes. */
export function tagsText(tags: readonly string[]): string {
  return tags
    .map((tag, at) => {
      const repeated = tags.indexOf(tag) < at
      return repeated || NEEDS_QUOTES.test(tag) ? JSON.stringify(tag) : tag
    })
    .join(', ')
}

/** The tags of an input's text. A tag that is typed again counts once; in quotes it counts as it is. */
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

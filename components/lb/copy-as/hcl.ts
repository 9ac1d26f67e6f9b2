/** An expression: `scaleway_lb.web.id`. */
export class Expression {
  readonly code: string

  constructor(code: string) {
    this.code = code
  }
}

export type HclValue = string | number | boolean | Expression | HclValue[]
/** A block's arguments, and the blocks inside it. */
export type HclBody = { arguments: Record<string, HclValue>; blocks?: Record<string, HclBody> }

const ESCAPES: Record<string, string> = {
  '\\': '\\\\',
  '"': '\\"',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
}

/** A quoted string without templates (HCL native syntax, "Template Expressions"). */
function quoted(text: string): string {
  const escaped = text
    .replaceAll(/[\\"\p{Cc}]/gu, (character) => {
      const code = character.charCodeAt(0).toString(16).padStart(4, '0')
      return ESCAPES[character] ?? `\\u${code}`
    })
    .replaceAll(/[$%]\{/g, (opening) => `${opening[0]}${opening}`)
  return `"${escaped}"`
}

/** Longer lists have one item per line. */
const SHORT_LIST = 3

function written(value: HclValue, indent: string): string {
  if (value instanceof Expression) return value.code
  if (typeof value === 'string') return quoted(value)
  if (!Array.isArray(value)) return String(value)
  const items = value.map((item) => written(item, `${indent}  `))
  if (items.length <= SHORT_LIST) return `[${items.join(', ')}]`
  return `[\n${items.map((item) => `${indent}  ${item},\n`).join('')}${indent}]`
}

/** The lines inside a block, aligned like `terraform fmt`. */
function inside({ arguments: entries, blocks = {} }: HclBody, indent: string): string {
  const lines = Object.entries(entries).map(
    ([name, value]) => [name, written(value, indent)] as const,
  )
  const short = lines.filter(([, text]) => !text.includes('\n'))
  const long = lines.filter(([, text]) => text.includes('\n'))
  const width = Math.max(...short.map(([name]) => name.length))
  return [
    short.map(([name, text]) => `${indent}${name.padEnd(width)} = ${text}\n`).join(''),
    ...long.map(([name, text]) => `${indent}${name} = ${text}\n`),
    ...Object.entries(blocks).map(([name, body]) => block(name, body, indent)),
  ]
    .filter(Boolean)
    .join('\n')
}

/** A block with its head: `resource "scaleway_lb" "web"`. It ends with a line break. */
export function block(head: string, body: HclBody, indent = ''): string {
  const content = inside(body, `${indent}  `)
  return content === '' ? `${indent}${head} {}\n` : `${indent}${head} {\n${content}${indent}}\n`
}

/** A block of HCL: the tokens of its head, its arguments, and the blocks inside it. */
export type Block = { head: string[]; arguments: Record<string, unknown>; blocks: Block[] }

const TOKEN = /\s*(?:#[^\n]*\n\s*)*("(?:[^"\\\n]|\\.)*"|[{}[\],=]|[\w-]+(?:\.[\w-]+)*)/y
const ESCAPED: Record<string, string> = { n: '\n', r: '\r', t: '\t', '"': '"', '\\': '\\' }

/** The text of a quoted string, which must have no interpolation. */
function unquoted(token: string): string {
  const inner = token.slice(1, -1)
  if (/(?<!\$)\$\{|(?<!%)%\{/.test(inner)) throw new Error(`A template is evaluated: ${token}`)
  const plain = inner.replaceAll('$${', () => '${').replaceAll('%%{', '%{')
  return plain.replaceAll(/\\(u[0-9a-f]{4}|.)/g, (_, code: string) => {
    if (code.startsWith('u')) return String.fromCharCode(Number.parseInt(code.slice(1), 16))
    if (!(code in ESCAPED)) throw new Error(`HCL has no escape \\${code}.`)
    return ESCAPED[code] as string
  })
}

function tokensOf(source: string): string[] {
  const tokens: string[] = []
  const text = source.trimEnd()
  TOKEN.lastIndex = 0
  while (TOKEN.lastIndex < text.length) {
    const at = TOKEN.lastIndex
    const match = TOKEN.exec(text)
    if (!match) throw new Error(`Not HCL: ${text.slice(at, at + 40)}`)
    tokens.push(match[1] as string)
  }
  return tokens
}

/**
 * Parses the literals, lists, references and blocks of HCL's native syntax.
 * @returns its blocks; a reference is its text in `<>`
 * @throws Error for any other syntax
 */
export function parseHcl(source: string): Block[] {
  const tokens = tokensOf(source)
  let at = 0
  const take = () => tokens[at++] ?? ''
  const peek = () => tokens[at] ?? ''

  function list(): unknown[] {
    const items: unknown[] = []
    while (peek() !== ']') {
      items.push(value())
      if (peek() !== ']' && take() !== ',') throw new Error('A list has no comma.')
    }
    take()
    return items
  }

  function value(): unknown {
    const token = take()
    if (token === '[') return list()
    if (token === '{') return body([]).arguments
    if (token.startsWith('"')) return unquoted(token)
    if (/^(\d+|true|false)$/.test(token)) return JSON.parse(token)
    return `<${token}>`
  }

  function body(head: string[]): Block {
    const block: Block = { head, arguments: {}, blocks: [] }
    while (at < tokens.length && peek() !== '}') {
      const tokens = [take()]
      while (peek() !== '=' && peek() !== '{') tokens.push(take())
      const [name = ''] = tokens
      if (take() === '=') {
        if (name in block.arguments) throw new Error(`${name} is there twice.`)
        block.arguments[name] = value()
      } else {
        block.blocks.push(body(tokens.map((one) => (one.startsWith('"') ? unquoted(one) : one))))
      }
    }
    take()
    return block
  }
  return body([]).blocks
}

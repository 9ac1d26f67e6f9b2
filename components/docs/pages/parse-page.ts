import { lexer, type Token, type Tokens } from 'marked'

/** A heading with the text up to the next one. */
export type DocSection = {
  /** The anchor of its heading. */
  id: string
  level: 1 | 2 | 3
  title: string
  tokens: Token[]
}

/** A page of the documentation. */
export type DocPage = {
  /** Its file name without `.md`, and the last part of its URL. */
  slug: string
  title: string
  /** The text between the title and the first section. */
  introduction: Token[]
  sections: DocSection[]
}

/** The anchor of a heading, as GitHub and Forgejo derive it from the text. */
export function anchorOf(title: string): string {
  return title
    .toLowerCase()
    .replace(/[^\p{L}\p{N}_ -]/gu, '')
    .replaceAll(' ', '-')
}

/** The text of tokens without their markup. */
export function plainText(tokens: Token[]): string {
  return tokens
    .map((token) => {
      if ('tokens' in token && token.tokens) return plainText(token.tokens)
      return 'text' in token ? token.text : ''
    })
    .join('')
}

function sectionOf({ depth, tokens }: Tokens.Heading): DocSection {
  const title = plainText(tokens)
  if (depth > 3) throw new Error(`The heading "${title}" is deeper than three levels.`)
  return { id: anchorOf(title), level: depth as 1 | 2 | 3, title, tokens: [] }
}

/**
 * Splits a Markdown file into sections.
 * @throws Error if it does not begin with a title, or has a second one
 */
export function parsePage(slug: string, source: string): DocPage {
  const sections: DocSection[] = []
  for (const token of lexer(source)) {
    if (token.type === 'space') continue
    if (token.type === 'heading') sections.push(sectionOf(token as Tokens.Heading))
    else if (sections.length > 0) sections.at(-1)?.tokens.push(token)
    else throw new Error(`${slug}.md has text before its title.`)
  }
  const [title, ...others] = sections
  if (title?.level !== 1 || others.some(({ level }) => level === 1)) {
    throw new Error(`${slug}.md needs one title (#), at its beginning.`)
  }
  return { slug, title: title.title, introduction: title.tokens, sections: others }
}

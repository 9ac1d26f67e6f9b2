import type { Token, Tokens } from 'marked'
import { readIndex, readNavigation, readPages } from './page-files.ts'
import type { DocPage } from './parse-page.ts'

/** A page or section of the documentation, as the palette finds it. */
export type DocEntry = {
  href: string
  title: string
  /** The title of a section's page; null for a page. */
  page: string | null
  /** Names of settings, fields, headers and commands in its text, separated by spaces. */
  terms: string
}

function codeIn(tokens: Token[]): string[] {
  return tokens.flatMap((token) => {
    if (token.type === 'codespan') return [token.text]
    if (token.type === 'list') return codeIn((token as Tokens.List).items)
    if (token.type === 'table') {
      const { header, rows } = token as Tokens.Table
      return [header, ...rows].flat().flatMap((cell) => codeIn(cell.tokens))
    }
    return 'tokens' in token && token.tokens ? codeIn(token.tokens) : []
  })
}

const termsOf = (tokens: Token[]) => [...new Set(codeIn(tokens))].join(' ')

function entriesOf({ slug, title, introduction, sections }: DocPage): DocEntry[] {
  const href = `/docs/${slug}`
  return [
    { href, title, page: null, terms: termsOf(introduction) },
    ...sections.map((section) => ({
      href: `${href}#${section.id}`,
      title: section.title,
      page: title,
      terms: termsOf(section.tokens),
    })),
  ]
}

/** All pages and sections in the order of the navigation. */
export function searchIndex(): DocEntry[] {
  const pages = new Map(readPages().map((page) => [`/docs/${page.slug}`, page]))
  const inOrder = readNavigation().flatMap(({ links }) => links.map(({ href }) => pages.get(href)))
  return [
    { href: '/docs', title: readIndex().title, page: null, terms: '' },
    ...inOrder.flatMap((page) => (page ? entriesOf(page) : [])),
  ]
}

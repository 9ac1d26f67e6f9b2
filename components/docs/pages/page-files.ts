import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Token, Tokens } from 'marked'
import { type DocPage, parsePage, plainText } from './parse-page.ts'

// The console's process runs in the project's folder.
const DIRECTORY = join(process.cwd(), 'app', '(console)', 'docs')
const INDEX = 'README'

/** Part of the documentation's navigation. */
export type DocGroup = { title: string; links: { href: string; title: string }[] }

/**
 * The console's URL for a link of a page. In the files, pages link each other by file name: `backup.md#restore`.
 * @throws Error for a link to another file of the repository, which the console can't show
 */
export function consoleHref(href: string): string {
  if (/^https?:\/\//.test(href) || href.startsWith('#')) return href
  const [, slug, anchor = ''] = /^([A-Za-z0-9-]+)\.md(#.+)?$/.exec(href) ?? []
  if (slug === undefined) throw new Error(`${href} is not a page of the documentation.`)
  return (slug === INDEX ? '/docs' : `/docs/${slug}`) + anchor
}

function slugs(): string[] {
  return readdirSync(DIRECTORY)
    .filter((file) => file.endsWith('.md'))
    .map((file) => file.slice(0, -'.md'.length))
}

function read(slug: string): DocPage {
  return parsePage(slug, readFileSync(join(DIRECTORY, `${slug}.md`), 'utf8'))
}

/** The first page, which lists the others. */
export function readIndex(): DocPage {
  return read(INDEX)
}

/** The page of a slug; null if there is none. The slug may be anything, as it comes from a URL. */
export function readPage(slug: string): DocPage | null {
  return slug !== INDEX && slugs().includes(slug) ? read(slug) : null
}

/** Every page except the first. */
export function readPages(): DocPage[] {
  return slugs()
    .filter((slug) => slug !== INDEX)
    .map(read)
}

function linksIn(tokens: Token[]): Tokens.Link[] {
  return tokens.flatMap((token) => {
    if (token.type === 'link') return [token as Tokens.Link]
    if (token.type === 'list') return linksIn((token as Tokens.List).items)
    return 'tokens' in token && token.tokens ? linksIn(token.tokens) : []
  })
}

/** The navigation: the sections of the first page with their links to pages. */
export function readNavigation(): DocGroup[] {
  return readIndex().sections.map(({ title, tokens }) => ({
    title,
    links: linksIn(tokens).map((link) => ({
      href: consoleHref(link.href),
      title: plainText(link.tokens),
    })),
  }))
}

import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { lexer, type Token, walkTokens } from 'marked'
import { describe, expect, test } from 'vitest'
import { consoleHref, readIndex, readNavigation, readPages } from './page-files.ts'
import { anchorOf, plainText } from './parse-page.ts'

const DOCS = 'app/(console)/docs'
const files = globSync('**/*.md', { exclude: ['node_modules', 'test-results'] })

type File = { links: string[]; anchors: string[]; images: string[] }

function readMarkdown(path: string): File {
  const links: string[] = []
  const anchors: string[] = []
  const images: string[] = []
  walkTokens(lexer(readFileSync(path, 'utf8')), (token: Token) => {
    if (token.type === 'link') links.push(token.href)
    if (token.type === 'image') images.push(token.href)
    if (token.type === 'heading') anchors.push(anchorOf(plainText(token.tokens ?? [])))
    if (token.type !== 'html') return
    images.push(...[...token.text.matchAll(/(?:src|srcset)="([^"]+)"/g)].map(([, path]) => path))
  })
  return { links, anchors, images }
}

const markdown = new Map(files.map((path) => [path, readMarkdown(path)]))

/** Why a link of a file is broken; null if it is not. */
function linkProblem(file: string, link: string): string | null {
  if (/^[a-z]+:/.test(link)) return null
  const [path = '', anchor] = decodeURI(link).split('#')
  const target = path === '' ? file : normalize(join(dirname(file), path))
  if (!existsSync(target)) return `${file} links ${link}, which does not exist`
  if (anchor === undefined) return null
  const anchors = markdown.get(target)?.anchors ?? []
  return anchors.includes(anchor) ? null : `${file} links ${link}, which has no such heading`
}

describe('Markdown files', () => {
  test('every link has a file, and its anchor a heading', () => {
    expect(markdown.get('README.md')?.links.length).toBeGreaterThan(10)
    const problems = files.flatMap((file) =>
      (markdown.get(file)?.links ?? []).map((link) => linkProblem(file, link)),
    )
    expect(problems.filter((problem) => problem !== null)).toEqual([])
  })

  test('every picture exists', () => {
    expect(markdown.get('README.md')?.images.length).toBeGreaterThan(0)
    const missing = files.flatMap((file) =>
      (markdown.get(file)?.images ?? [])
        .map((image) => join(dirname(file), image))
        .filter((path) => !existsSync(path)),
    )
    expect(missing).toEqual([])
  })

  test('a broken link is found', () => {
    expect(linkProblem('README.md', 'nowhere.md')).toMatch('does not exist')
    expect(linkProblem('README.md', 'LICENSE#no-heading')).toMatch('no such heading')
    expect(linkProblem('README.md', '#nowhere')).toMatch('no such heading')
  })
})

describe('pages of the documentation', () => {
  const pages = readPages()

  test('each is in the navigation once, under its title', () => {
    const links = readNavigation().flatMap((group) => group.links)
    const expected = pages.map(({ slug, title }) => ({ href: `/docs/${slug}`, title }))
    const byHref = (one: { href: string }, other: { href: string }) =>
      one.href < other.href ? -1 : 1
    expect(links.sort(byHref)).toEqual(expected.sort(byHref))
  })

  test('each heading has an anchor of its own', () => {
    for (const { slug, sections } of [readIndex(), ...pages]) {
      const ids = sections.map(({ id }) => id)
      expect([slug, ids]).toEqual([slug, [...new Set(ids)]])
    }
  })

  test('each link is to another page or an external site, so that the console can follow it', () => {
    const links = files
      .filter((file) => dirname(file) === DOCS)
      .flatMap((file) => markdown.get(file)?.links ?? [])
    expect(links.length).toBeGreaterThan(50)
    for (const link of links) expect(() => consoleHref(link)).not.toThrow()
    expect(() => consoleHref('../../../SECURITY.md')).toThrow('not a page')
  })

  test('each file of the repository that a page names exists', () => {
    const named = files
      .filter((file) => dirname(file) === DOCS)
      .flatMap((file) => readFileSync(file, 'utf8').match(/(?<![\w/])lib\/[\w./-]*\w/g) ?? [])
    expect(named).toContain('lib/supervisor/fairlead.service')
    expect(named.filter((path) => !existsSync(path))).toEqual([])
  })

  test('a link between pages becomes a URL of the console', () => {
    expect(
      ['README.md', 'backup.md', 'backup.md#restore', '#x', 'https://a.example/'].map(consoleHref),
    ).toEqual(['/docs', '/docs/backup', '/docs/backup#restore', '#x', 'https://a.example/'])
  })
})

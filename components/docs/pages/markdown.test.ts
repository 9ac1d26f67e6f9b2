import { globSync } from 'node:fs'
import { lexer } from 'marked'
import { createElement } from 'react'
import { renderToStaticMarkup } from 'react-dom/server'
import { describe, expect, test } from 'vitest'
import { DocArticle } from './doc-article.tsx'
import { Markdown } from './markdown.tsx'
import { readIndex, readPages } from './page-files.ts'

const file = { src: '/picture.png', width: 2, height: 1 }
const paths = globSync('images/*-light.png', { cwd: 'app/(console)/docs' })
const images = Object.fromEntries(paths.map((path) => [path, { light: file, dark: file }]))

const rendered = (source: string) =>
  renderToStaticMarkup(
    createElement(Markdown, { tokens: lexer(source), heading: 'Heading', images }),
  )

describe('Markdown', () => {
  test.each([
    ['`<b>` & **bold**', ['&lt;b&gt;</code> &amp; <strong', '>bold</strong>']],
    ['[up](backup.md#restore)', ['href="/docs/backup#restore"']],
    ['[out](https://example.com/)', ['href="https://example.com/"']],
    ['1. one\n2. two', ['<ol', '<p>one</p>', '<p>two</p>']],
    ['```sh\nnpm start <x>\n```', ['aria-label="Heading: code"', 'npm start &lt;x&gt;</pre>']],
    ['| a | b |\n| --- | --- |\n| `c` | d |', ['aria-label="Heading: table"', '<th scope="col"']],
    ['![alt text](images/overview-light.png)', ['alt="alt text"', 'src="/picture.png"']],
  ])('%j', (source, expected) => {
    const html = rendered(source)
    for (const part of expected) expect(html).toContain(part)
  })

  test('a table without a header has none', () => {
    expect(rendered('| | |\n| --- | --- |\n| a | b |')).not.toContain('<thead')
  })

  test.each([
    ['HTML', 'Text <img src=x onerror=alert(1)>', "can't show this Markdown (html)"],
    ['a block of HTML', '<script>alert(1)</script>', "can't show this Markdown (html)"],
    ['a script as a link', '[x](javascript:alert(1))', 'is not a page'],
    ['a picture that does not exist', '![x](images/none.png)', 'has no picture'],
  ])('%s is refused', (_, source, problem) => {
    expect(() => rendered(source)).toThrow(problem)
  })
})

test('every page renders with the anchors of its sections', () => {
  for (const page of [readIndex(), ...readPages()]) {
    const html = renderToStaticMarkup(createElement(DocArticle, { page, images }))
    expect(html).toContain(`>${page.title}</h1>`)
    for (const { id } of page.sections) expect(html).toContain(`id="${id}"`)
  }
})

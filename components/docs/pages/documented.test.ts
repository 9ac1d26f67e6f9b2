import { globSync, readFileSync } from 'node:fs'
import { type Tokens, walkTokens } from 'marked'
import { describe, expect, test } from 'vitest'
import { EVENT_TYPES } from '#lib/core/delivery.ts'
import { readPage } from './page-files.ts'

/** Variables that the supervisor sets for its children, or that only development uses. */
const INTERNAL = ['FAIRLEAD_DEV', 'FAIRLEAD_LOG_FILE', 'FAIRLEAD_SETTINGS']

const sources = globSync('{app,components,lib}/**/*.{ts,tsx,mjs}')
  .filter((file) => !/\.test\.tsx?$|\/testing[/-]/.test(file))
  .map((file) => ({ file, text: readFileSync(file, 'utf8') }))

/** The matches of a pattern's first group in the source files of a folder. */
function inSources(pattern: RegExp, folder = ''): string[] {
  const found = sources
    .filter(({ file }) => file.includes(folder))
    .flatMap(({ text }) => [...text.matchAll(pattern)].map(([, name]) => String(name)))
  return [...new Set(found)].sort()
}

function pageOf(slug: string) {
  const page = readPage(slug)
  if (page === null) throw new Error(`There is no page ${slug}.`)
  return page
}

/** The code in the first column of a section's tables. */
function tableNames(slug: string, id: string): string[] {
  const names: string[] = []
  const section = pageOf(slug).sections.find((one) => one.id === id)
  const tables = (section?.tokens ?? []).filter((token) => token.type === 'table')
  for (const [cell] of tables.flatMap((table) => (table as Tokens.Table).rows)) {
    walkTokens(cell?.tokens ?? [], (token) => {
      if (token.type === 'codespan') names.push(token.text)
    })
  }
  return names.sort()
}

describe('the documented settings are those that exist', () => {
  const documented = pageOf('settings')
    .sections.filter(({ level }) => level === 3)
    .map(({ title }) => title)
  const read = inSources(/(?:\benv\.|['"`]|[{,] (?=\w+:))(FAIRLEAD_[A-Z_]+)\b/g)

  test('FAIRLEAD_… variables', () => {
    expect(documented.filter((name) => name.startsWith('FAIRLEAD_')).sort()).toEqual(
      read.filter((name) => !INTERNAL.includes(name)),
    )
    expect(read).toEqual(expect.arrayContaining(INTERNAL))
  })

  test('other variables', () => {
    const others = documented.filter((name) => !name.startsWith('FAIRLEAD_')).sort()
    expect(others).toEqual(['HOST', 'NODE_EXTRA_CA_CERTS', 'PORT'])
    expect(inSources(/(?:\benv\.|['"`])(HOST|NODE_EXTRA_CA_CERTS|PORT)\b/g)).toEqual(others)
  })

  test('each has its default', () => {
    for (const { level, title, tokens } of pageOf('settings').sections) {
      if (level !== 3) continue
      const text = tokens.map(({ raw }) => raw).join('')
      expect([title, /Default:\s/.test(text)]).toEqual([title, true])
    }
  })
})

test('the documented fields of the access log are those that exist', () => {
  const fields = inSources(/"([a-z_]+)":/g, '/access-log/')
  expect(fields).toContain('queue_ms')
  expect(tableNames('access-log', 'fields')).toEqual(fields)
})

test('the documented terminations of the access log are those that exist', () => {
  const terminations = inSources(/^ {2}\| '([a-z_]+)'/gm, '/access-log/termination')
  expect(terminations).toContain('queue_timeout')
  expect(tableNames('access-log', 'termination')).toEqual(terminations)
})

test('the documented events are those that exist', () => {
  expect(tableNames('notifications', 'events')).toEqual([...EVENT_TYPES].sort())
})

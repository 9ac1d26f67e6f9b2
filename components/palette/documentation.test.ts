import { expect, test } from 'vitest'
import type { DocEntry } from '../docs/pages/search-index.ts'
import { matchingEntries } from './documentation.ts'

const ENTRIES: DocEntry[] = [
  { href: '/docs/backup', title: 'Backup and restore', page: null, terms: '' },
  { href: '/docs/backup#restore', title: 'Restore', page: 'Backup and restore', terms: 'npm' },
  { href: '/docs/history', title: 'History', page: null, terms: 'restore' },
  { href: '/docs/http#errors', title: 'Errors', page: 'HTTP', terms: '421 503' },
]
const found = (text: string) => matchingEntries(ENTRIES, text).map(({ href }) => href)

test('titles are searched first, then pages, then terms', () => {
  expect(found('restore')).toEqual(['/docs/backup', '/docs/backup#restore'])
  expect(found('NPM')).toEqual(['/docs/backup#restore'])
  expect(found('backup')).toEqual(['/docs/backup'])
  expect(found('errors http')).toEqual(['/docs/http#errors'])
  expect(found('http 421')).toEqual(['/docs/http#errors'])
})

test('nothing matches an empty text or words that no entry has', () => {
  expect(found(' ')).toEqual([])
  expect(found('restore nothing')).toEqual([])
})

test('at most six entries match', () => {
  const many = Array.from({ length: 10 }, (_, index) => ({
    ...(ENTRIES[0] as DocEntry),
    href: `/docs/${index}`,
  }))
  expect(matchingEntries(many, 'backup')).toEqual(many.slice(0, 6))
})

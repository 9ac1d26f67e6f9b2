import { expect, test } from 'vitest'
import { searchIndex } from './search-index.ts'

const index = searchIndex()

test('every page and section has an entry', () => {
  expect(index[0]).toMatchObject({ href: '/docs', title: 'Documentation', page: null })
  expect(index).toContainEqual(
    expect.objectContaining({ href: '/docs/settings', title: 'Settings', page: null }),
  )
  expect(index.find(({ href }) => href === '/docs/settings#fairlead_workers')).toMatchObject({
    title: 'FAIRLEAD_WORKERS',
    page: 'Settings',
  })
  expect(new Set(index.map(({ href }) => href)).size).toBe(index.length)
})

test('the terms of an entry come from text, lists and tables', () => {
  const terms = (wanted: string) => index.find(({ href }) => href === wanted)?.terms.split(' ')
  expect(terms('/docs/notifications#events')).toContain('servers.down')
  expect(terms('/docs/reverse-proxy#host-names')).toEqual(
    expect.arrayContaining(['localhost', 'FAIRLEAD_ALLOWED_HOSTS', '/api']),
  )
})

test('the index is small enough to be loaded with the palette', () => {
  expect(JSON.stringify(index).length).toBeLessThan(50_000)
})

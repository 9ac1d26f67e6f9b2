import { expect, test } from 'vitest'
import { listQueryOf } from './list-query.ts'

test.each([
  [{}, { search: '', page: 1 }],
  [
    { search: ' web ', page: '3' },
    { search: 'web', page: 3 },
  ],
  [{ page: '-1' }, { search: '', page: 1 }],
  [{ page: '1.5' }, { search: '', page: 1 }],
  [
    { search: ['a', 'b'], page: ['2', '3'] },
    { search: '', page: 1 },
  ],
])('%j', (parameters, query) => {
  expect(listQueryOf(parameters)).toEqual(query)
})

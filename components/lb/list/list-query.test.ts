import { expect, test } from 'vitest'
import { isFiltered, listAddress, listQueryOf, WHOLE_LIST } from './list-query.ts'

test.each([
  [{}, {}],
  [
    { search: ' web ', page: '3' },
    { search: 'web', page: 3 },
  ],
  [
    { region: 'nl-ams', tag: 'a b', order: 'name_desc' },
    { region: 'nl-ams', tag: 'a b', order: 'name_desc' },
  ],
  [{ region: 'mars', order: 'status_asc', page: '-1' }, {}],
  [{ page: '1.5' }, {}],
  [{ search: ['a', 'b'], page: ['2', '3'], tag: ['a', 'b'] }, {}],
])('%j', (parameters, query) => {
  expect(listQueryOf(parameters)).toEqual({ ...WHOLE_LIST, ...query })
})

test.each([
  [{}, ''],
  [{ search: 'a&b' }, '?search=a%26b'],
  [
    { region: 'fr-par', tag: 'x', order: 'name_asc', page: 2 },
    '?region=fr-par&tag=x&order=name_asc&page=2',
  ],
] as const)('the address of %j', (query, address) => {
  const whole = { ...WHOLE_LIST, ...query }
  expect(listAddress(whole)).toBe(address)
  expect(listQueryOf(Object.fromEntries(new URLSearchParams(address)))).toEqual(whole)
})

test('an order or a page leaves nothing out', () => {
  expect(isFiltered({ ...WHOLE_LIST, order: 'name_asc', page: 2 })).toBe(false)
  expect(isFiltered({ ...WHOLE_LIST, region: 'fr-par' })).toBe(true)
})

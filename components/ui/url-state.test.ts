import { expect, test } from 'vitest'
import { oneOf, type Parameters, position, readUrlState, text, urlQuery } from './url-state.ts'

type State = { search: string; region: '' | 'nl-ams'; order: 'old' | 'new'; page: number }

const PARAMETERS: Parameters<State> = {
  search: text,
  region: oneOf(['', 'nl-ams'], ''),
  order: oneOf(['old', 'new'], 'old'),
  page: position,
}
const FALLBACK: State = { search: '', region: '', order: 'old', page: 1 }

test.each([
  [{}, {}],
  [
    { search: ' web ', page: '3' },
    { search: 'web', page: 3 },
  ],
  [
    { region: 'nl-ams', order: 'new' },
    { region: 'nl-ams', order: 'new' },
  ],
  [{ region: 'mars', order: 'status', page: '-1' }, {}],
  [{ page: '1.5' }, {}],
  [{ page: '0' }, {}],
  [{ search: ['a', 'b'], page: ['2', '3'] }, {}],
  [{ other: 'x' }, {}],
])('%j in the URL', (query, state) => {
  expect(readUrlState(PARAMETERS, query)).toEqual({ ...FALLBACK, ...state })
})

test.each<[Partial<State>, string]>([
  [{}, ''],
  [{ search: 'a&b' }, '?search=a%26b'],
  [{ region: 'nl-ams', order: 'new', page: 2 }, '?region=nl-ams&order=new&page=2'],
])('the query of %j', (change, query) => {
  const state = { ...FALLBACK, ...change }
  expect(urlQuery(PARAMETERS, state)).toBe(query)
  const parsed = Object.fromEntries(new URLSearchParams(query))
  expect(readUrlState(PARAMETERS, parsed)).toEqual(state)
})

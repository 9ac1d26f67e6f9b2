import { expect, test } from 'vitest'
import { dirtyFields, withDirtyFields } from './dirty-fields.ts'

const known = {
  name: ' a ',
  tags: ['x,y'],
  check: { port: 80, kept: true, http: { uri: '/', more: 1 } },
  list: ['a', 'b'],
  unset: null,
}
/** As inputs hold it, which lose the spaces, the comma and what they don't show. */
const before = {
  name: 'a',
  tags: ['x', 'y'],
  check: { port: 80, http: { uri: '/' } },
  list: ['a', 'b'],
  unset: null as number | null,
}

test.each([
  ['nothing', before, {}],
  ['a text', { ...before, name: 'b' }, { name: 'b' }],
  ['a list', { ...before, list: ['b', 'a'] }, { list: ['b', 'a'] }],
  ['a number', { ...before, unset: 0 }, { unset: 0 }],
  ['what is no number', { ...before, unset: Number.NaN }, { unset: Number.NaN }],
  [
    'a field of an object, which stays whole',
    { ...before, check: { port: 81, http: { uri: '/' } } },
    { check: { port: 81, kept: true, http: { uri: '/', more: 1 } } },
  ],
  [
    'a field further inside',
    { ...before, check: { port: 80, http: { uri: '/up' } } },
    { check: { port: 80, kept: true, http: { uri: '/up', more: 1 } } },
  ],
  [
    'one object for another',
    { ...before, check: { port: 80, tcp: {} } },
    { check: { port: 80, kept: true, tcp: {} } },
  ],
])('changed is %s', (_, after, changed) => {
  expect(dirtyFields<object>(known, before, after)).toEqual(changed)
  expect(withDirtyFields<typeof known, object>(known, before, after)).toEqual({
    ...known,
    ...changed,
  })
})

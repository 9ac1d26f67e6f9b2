import { expect, test } from 'vitest'
import { leavesOf, mergeValues } from './merge-values.ts'

const base = {
  name: 'web',
  port: '80',
  servers: '10.0.0.1\n10.0.0.2',
  check: { uri: '/', retries: '3' },
}

test('nested values have paths', () => {
  expect([...leavesOf(base)]).toEqual([
    ['name', 'web'],
    ['port', '80'],
    ['servers', '10.0.0.1\n10.0.0.2'],
    ['check.uri', '/'],
    ['check.retries', '3'],
  ])
})

test('a value that only one side changed is taken from it', () => {
  const mine = { ...base, check: { ...base.check, uri: '/mine' } }
  const current = { ...base, port: '81' }
  const { changed, conflicts } = mergeValues(base, mine, current)
  expect([[...changed], conflicts]).toEqual([[['check.uri', '/mine']], []])
})

test('the same change on both sides is not a conflict', () => {
  const mine = { ...base, port: '81' }
  const { changed, conflicts } = mergeValues(base, mine, mine)
  expect([changed.size, conflicts]).toEqual([0, []])
})

test('different changes of one value are a conflict, and the draft keeps its own', () => {
  const { changed, conflicts } = mergeValues(base, { ...base, port: '82' }, { ...base, port: '81' })
  expect([...changed]).toEqual([['port', '82']])
  expect(conflicts).toEqual([{ path: 'port', mine: '82', current: '81' }])
})

test.each([
  [
    'both added',
    '10.0.0.1\n10.0.0.2\n10.0.0.3',
    '10.0.0.1\n10.0.0.2\n10.0.0.4',
    '10.0.0.1\n10.0.0.2\n10.0.0.4\n10.0.0.3',
  ],
  [
    'one took out, the other added',
    '10.0.0.2',
    '10.0.0.1\n10.0.0.2\n10.0.0.4',
    '10.0.0.2\n10.0.0.4',
  ],
  ['both took out', '10.0.0.2', '10.0.0.1', ''],
  ['the first one', '10.0.0.1\n10.0.0.2\n10.0.0.9', '', '10.0.0.9'],
])('servers are merged one by one: %s', (_name, mine, current, merged) => {
  const result = mergeValues(base, { ...base, servers: mine }, { ...base, servers: current })
  expect([result.changed.get('servers'), result.conflicts]).toEqual([merged, []])
})

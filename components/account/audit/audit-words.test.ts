import { expect, test } from 'vitest'
import { wasRefused, whatWords, whoWords } from './audit-words.ts'

test.each([
  ['account', 'ada@example.com', 'ada@example.com'],
  ['token', 'SCW1', 'API token SCW1'],
  ['system', 'letsencrypt', 'Fairlead (letsencrypt)'],
  ['unknown', '', 'Somebody unknown'],
] as const)('%s %s is %s', (kind, name, words) => {
  expect(whoWords({ actor: { kind, name } })).toBe(words)
})

test('what they did', () => {
  const resource = { type: 'lb', id: '1' } as const
  const change = { verb: 'create', resource, lb_id: '1', before: null, after: { name: 'shop' } }
  expect(whatWords({ event: 'change', change })).toBe('created load balancer shop')
  expect(whatWords({ event: 'denied', change: null })).toBe('was denied')
  const person = { verb: 'invite', resource: { type: 'account', id: '2' } as const, lb_id: null }
  const after = { name: 'Bob' }
  expect(whatWords({ event: 'change', change: { ...person, before: null, after } })).toBe(
    'invited account Bob',
  )
  expect([wasRefused({ event: 'denied' }), wasRefused({ event: 'change' })]).toEqual([true, false])
})

import { expect, test } from 'vitest'
import { actorText, detailLines, detailsText, eventText, isDenial } from './audit-text.ts'

test.each([
  ['account', 'ada@example.com', 'ada@example.com'],
  ['token', 'SCW1', 'API token SCW1'],
  ['system', 'letsencrypt', 'Fairlead (letsencrypt)'],
  ['unknown', '', 'Unauthenticated'],
] as const)('%s %s is %s', (kind, name, text) => {
  expect(actorText({ actor: { kind, name } })).toBe(text)
})

test('the text of an event', () => {
  const resource = { type: 'lb', id: '1' } as const
  const change = { verb: 'create', resource, lb_id: '1', before: null, after: { name: 'shop' } }
  expect(eventText({ event: 'change', change })).toBe('created load balancer shop')
  expect(eventText({ event: 'denied', change: null })).toBe('was denied')
  const person = { verb: 'invite', resource: { type: 'account', id: '2' } as const, lb_id: null }
  const after = { name: 'Bob' }
  expect(eventText({ event: 'change', change: { ...person, before: null, after } })).toBe(
    'invited account Bob',
  )
  expect([isDenial({ event: 'denied' }), isDenial({ event: 'change' })]).toEqual([true, false])
})

test('the details of a repeated event, with their counts', () => {
  const details = [
    { detail: 'GET /a', count: 3 },
    { detail: 'GET /b', count: 1 },
  ]
  expect(detailsText(details)).toBe('GET /a and 1 other')
  expect(detailsText([...details, { detail: 'GET /c', count: 1 }])).toBe('GET /a and 2 others')
  expect(detailLines(details, 4)).toEqual(['GET /a, 3 times', 'GET /b, once'])
  expect(detailLines(details, 9)).toEqual(['GET /a, 3 times', 'GET /b, once', 'Others, 5 times'])
})

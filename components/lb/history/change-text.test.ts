import { describe, expect, test } from 'vitest'
import type { Change } from '#lib/core/change.ts'
import { actorName, describeChange, historyEntries } from './change-text.ts'

let lastId = 100
function changeWith(changes: Partial<Change>): Change {
  lastId -= 1
  return {
    id: lastId,
    lb_id: 'l',
    generation: 1,
    at: '2026-01-01T00:00:00Z',
    actor: { kind: 'account', id: 'a', name: 'ada@example.com' },
    verb: 'update',
    resource: { type: 'frontend', id: 'r' },
    before: null,
    after: { name: 'web' },
    failover: null,
    ...changes,
  }
}

test.each([
  [{}, 'changed frontend rule web'],
  [{ verb: 'delete', before: { name: 'old' }, after: null }, 'deleted frontend rule old'],
  [
    { verb: 'add_servers', resource: { type: 'backend', id: 'b' } },
    'added servers to backend rule web',
  ],
  [
    { verb: 'create', resource: { type: 'ip', id: 'i' }, after: { ip_address: '127.0.0.1' } },
    'allocated IP address 127.0.0.1',
  ],
  [{ verb: 'set_something', resource: { type: 'lb', id: 'l' } }, 'set something load balancer web'],
] as const)('%j', (changes, text) => {
  const { verb, type, name } = describeChange(changeWith(changes))
  expect(`${verb} ${type} ${name}`).toBe(text)
})

test('the name of an actor', () => {
  const actor = { id: 'x', name: 'SCWX' }
  expect(actorName({ ...actor, kind: 'account' })).toBe('SCWX')
  expect(actorName({ ...actor, kind: 'token' })).toBe('API token SCWX')
  expect(actorName({ ...actor, kind: 'system' })).toBe('Fairlead (SCWX)')
})

describe('historyEntries', () => {
  test('groups the changes of one generation in the order they were made', () => {
    const [c, b, a] = [2, 1, 1].map((generation) => changeWith({ generation }))
    const entries = historyEntries([c, b, a] as Change[])
    expect(entries.map(({ changes }) => changes)).toEqual([[c], [a, b]])
    expect(entries.map(({ key }) => key)).toEqual([c?.id, b?.id])
  })

  test('does not group changes without a generation', () => {
    expect(
      historyEntries([null, null].map((generation) => changeWith({ generation }))),
    ).toHaveLength(2)
  })

  test('returns nothing for no changes', () => {
    expect(historyEntries([])).toEqual([])
  })
})

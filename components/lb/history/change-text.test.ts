import { describe, expect, test } from 'vitest'
import type { Change } from '#lib/core/change.ts'
import { actorWords, changeWords, savesOf } from './change-text.ts'

let lastId = 100
function lineOf(changes: Partial<Change>): Change {
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
] as const)('%j', (changes, words) => {
  const { verb, type, name } = changeWords(lineOf(changes))
  expect(`${verb} ${type} ${name}`).toBe(words)
})

test('who it was', () => {
  const actor = { id: 'x', name: 'SCWX' }
  expect(actorWords({ ...actor, kind: 'account' })).toBe('SCWX')
  expect(actorWords({ ...actor, kind: 'token' })).toBe('API token SCWX')
  expect(actorWords({ ...actor, kind: 'system' })).toBe('Fairlead (SCWX)')
})

describe('saves', () => {
  test('the lines of one generation are one, in the order they were made', () => {
    const [c, b, a] = [2, 1, 1].map((generation) => lineOf({ generation }))
    const saves = savesOf([c, b, a] as Change[])
    expect(saves.map(({ changes }) => changes)).toEqual([[c], [a, b]])
    expect(saves.map(({ key }) => key)).toEqual([c?.id, b?.id])
  })

  test('lines without a generation are each their own', () => {
    expect(savesOf([null, null].map((generation) => lineOf({ generation })))).toHaveLength(2)
  })

  test('none of none', () => {
    expect(savesOf([])).toEqual([])
  })
})

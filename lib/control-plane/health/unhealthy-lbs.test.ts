import { expect, test } from 'vitest'
import type { LbHealthState } from '#lib/core/lb-health-states.ts'
import { UnhealthyLbs } from './unhealthy-lbs.ts'

test('are sorted by health, then by name, after every change', () => {
  const unhealthy = new UnhealthyLbs()
  const set = (name: string, state: LbHealthState) =>
    unhealthy.set({ id: `id-${name}`, name, region: 'fr-par' }, state)
  const names = () => unhealthy.worstFirst.map(({ foldedName }) => foldedName)
  set('shop', 'degraded')
  set('blog', 'failing')
  set('API', 'degraded')
  set('site', 'healthy')
  set('new', 'changing')
  set('bare', 'no_servers')
  set('port', 'error')
  expect(names()).toEqual(['port', 'blog', 'bare', 'api', 'shop', 'new'])
  set('shop', 'failing')
  expect(names()).toEqual(['port', 'blog', 'shop', 'bare', 'api', 'new'])
  unhealthy.set({ id: 'id-shop', name: 'a shop', region: 'fr-par' }, 'failing')
  expect(names()).toEqual(['port', 'a shop', 'blog', 'bare', 'api', 'new'])
  set('blog', 'healthy')
  unhealthy.delete('id-new')
  unhealthy.delete('id-new')
  expect(names()).toEqual(['port', 'a shop', 'bare', 'api'])
})

test('load balancers of the same name are told apart by their IDs', () => {
  const unhealthy = new UnhealthyLbs()
  for (const id of ['c', 'a', 'b']) unhealthy.set({ id, name: 'x', region: 'fr-par' }, 'error')
  unhealthy.delete('b')
  expect(unhealthy.worstFirst.map(({ id }) => id)).toEqual(['a', 'c'])
})

import { expect, test } from 'vitest'
import type { RouteMatch } from '#lib/core/route.ts'
import type { RouteRow } from '../store/tables.ts'
import { planRoutes } from './plan-routes.ts'

const AT = '2026-07-21T10:17:00.000001Z'

const row = (id: string, match: Partial<RouteMatch>, created_at = AT): RouteRow => ({
  id,
  lb_id: 'lb',
  frontend_id: 'frontend',
  backend_id: `to ${id}`,
  match: { match_subdomains: false, ...match },
  created_at,
  updated_at: AT,
})

test('the most specific route is evaluated first', () => {
  const routes = [
    row('path', { path_begin: '/a' }),
    row('older path', { path_begin: '/b' }, '2026-07-21T10:16:00.000001Z'),
    row('long path', { path_begin: '/a/b' }),
    row('all below', { host_header: 'example.com', match_subdomains: true }),
    row('below www', { host_header: 'www.example.com', match_subdomains: true }),
    row('host', { host_header: 'a.example.com' }),
  ]
  expect(planRoutes(routes).map(({ id }) => id)).toEqual([
    'host',
    'below www',
    'all below',
    'long path',
    'older path',
    'path',
  ])
})

test('names are in lower case and without a trailing dot', () => {
  const [host] = planRoutes([row('host', { host_header: 'WWW.Example.com.' })])
  expect(host).toEqual({
    id: 'host',
    backend_id: 'to host',
    match: { type: 'host', name: 'www.example.com', subdomains: false },
  })
  const [sni] = planRoutes([row('sni', { sni: 'db.example.com', match_subdomains: true })])
  expect(sni?.match).toEqual({ type: 'sni', name: 'db.example.com', subdomains: true })
  const [path] = planRoutes([row('path', { path_begin: '/Images' })])
  expect(path?.match).toEqual({ type: 'path_begin', path: '/Images' })
})

test('a path gets its leading slash before paths are ordered by length', () => {
  const routes = [row('c', { path_begin: '/abc' }), row('d', { path_begin: 'abcd' })]
  expect(planRoutes(routes)).toMatchObject([
    { id: 'd', match: { type: 'path_begin', path: '/abcd' } },
    { id: 'c', match: { type: 'path_begin', path: '/abc' } },
  ])
  const older = '2026-07-21T10:16:00.000001Z'
  const equal = [row('with', { path_begin: '/ab' }), row('without', { path_begin: 'xy' }, older)]
  expect(planRoutes(equal).map(({ id }) => id)).toEqual(['without', 'with'])
})

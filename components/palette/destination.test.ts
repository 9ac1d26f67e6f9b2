import { expect, test } from 'vitest'
import type { SearchHit } from '#lib/core/search.ts'
import { destinationOf } from './destination.ts'

const HIT: SearchHit = {
  type: 'lb',
  id: 'ID',
  name: 'web',
  region: 'fr-par',
  port: null,
  protocol: null,
  backend_name: null,
  lb: { id: 'LB', name: 'site' },
}

test.each([
  [{ id: 'LB', name: 'site' }, 'Load balancer site · Paris', '/LB'],
  [
    { type: 'frontend', port: 80 },
    'Frontend rule web · port 80 · site',
    '/LB/frontends#frontend-ID',
  ],
  [
    { type: 'backend', port: 8080 },
    'Backend rule web · port 8080 · site',
    '/LB/backends#backend-ID',
  ],
  [
    { type: 'server', name: '10.0.0.1', port: 8080, backend_name: 'web' },
    'Server 10.0.0.1 · port 8080 · web · site',
    '/LB/backends#backend-ID',
  ],
] as const)('%j', (changes, text, path) => {
  const { href, kind, name, where } = destinationOf({ ...HIT, ...changes })
  expect(`${kind} ${name} · ${where}`).toBe(text)
  expect(href).toBe(`/network/load-balancers${path}`)
})

test.each([
  [HIT.lb, 'site · Paris'],
  [null, 'conserved · Paris'],
])('an IP address of the load balancer %j', (lb, where) => {
  const found = destinationOf({ ...HIT, type: 'ip', name: '127.0.0.1', lb })
  expect(found).toMatchObject({ href: '/network/ip-addresses#ip-ID', where })
})

import { expect, test } from 'vitest'
import { nextPath } from './next-path.ts'

test.each([
  ['/network/ip-addresses', '/network/ip-addresses'],
  ['/network/load-balancers/create?region=nl-ams', '/network/load-balancers/create?region=nl-ams'],
  [undefined, '/network/load-balancers'],
  ['', '/network/load-balancers'],
  ['/', '/network/load-balancers'],
  ['https://example.com/', '/network/load-balancers'],
  ['//example.com/', '/network/load-balancers'],
  ['/\\example.com/', '/network/load-balancers'],
  ['/\t/example.com/', '/network/load-balancers'],
  ['/.//example.com', '/network/load-balancers'],
  ['javascript:alert(1)', '/network/load-balancers'],
  [['/a', '/b'], '/network/load-balancers'],
])('%s leads to %s', (next, path) => {
  expect(nextPath(next)).toBe(path)
})

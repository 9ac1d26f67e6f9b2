import { expect, test } from 'vitest'
import { apiPath } from './api-path.ts'
import { consolePath } from './console-path.ts'

test('every page of the console', () => {
  const paths = Object.entries(consolePath).map(([name, path]) => [name, path('LB', 'ID')])
  expect(Object.fromEntries(paths)).toMatchInlineSnapshot(`
    {
      "apiReference": "/docs/api",
      "apiTokens": "/account/api-tokens",
      "backend": "/network/load-balancers/LB/backends#backend-ID",
      "backends": "/network/load-balancers/LB/backends",
      "copyAs": "/network/load-balancers/LB#copy-as",
      "createBackend": "/network/load-balancers/LB/backends/new",
      "createFrontend": "/network/load-balancers/LB/frontends/new",
      "createLoadBalancer": "/network/load-balancers/create",
      "frontend": "/network/load-balancers/LB/frontends#frontend-ID",
      "frontendRouting": "/network/load-balancers/LB/frontends/ID",
      "frontends": "/network/load-balancers/LB/frontends",
      "history": "/network/load-balancers/LB/history",
      "ipAddress": "/network/ip-addresses#ip-LB",
      "ipAddresses": "/network/ip-addresses",
      "loadBalancer": "/network/load-balancers/LB",
      "loadBalancers": "/network/load-balancers",
      "nodes": "/network/load-balancers/nodes",
    }
  `)
})

test('every call of the control plane', () => {
  expect([
    apiPath.overviews({}),
    apiPath.overviews({ search: 'a&b', page: 2, page_size: 50 }),
    apiPath.search('a b'),
    apiPath.changes('LB', { resource_id: 'ID', before: 7 }),
    apiPath.changeSubjects('LB'),
    apiPath.overview('LB'),
    apiPath.observed('LB'),
    apiPath.traffic('LB', { range: 'day', step_s: undefined, server: '::1' }),
    apiPath.switchover('LB'),
    apiPath.failovers('LB', { page_size: 10 }),
    apiPath.nodes(),
    apiPath.drainNode('fr-par-a'),
    apiPath.rebalance('fr-par'),
    apiPath.draftChecks(),
    apiPath.allIps(),
    apiPath.lbs('fr-par'),
    apiPath.lb('fr-par', 'LB'),
    apiPath.lbRelease('fr-par', 'LB', true),
    apiPath.frontends('nl-ams', 'LB'),
    apiPath.frontend('nl-ams', 'ID'),
    apiPath.backends('nl-ams', 'LB'),
    apiPath.backend('nl-ams', 'ID'),
    apiPath.routes('nl-ams', { lb_id: 'LB' }),
    apiPath.route('nl-ams', 'ID'),
    apiPath.acls('nl-ams', 'ID'),
    apiPath.ip('nl-ams', 'ID'),
  ]).toMatchInlineSnapshot(`
    [
      "/fairlead/v1/lbs",
      "/fairlead/v1/lbs?search=a%26b&page=2&page_size=50",
      "/fairlead/v1/search?q=a+b",
      "/fairlead/v1/lbs/LB/changes?resource_id=ID&before=7",
      "/fairlead/v1/lbs/LB/changes/subjects",
      "/fairlead/v1/lbs/LB",
      "/fairlead/v1/lbs/LB/observed",
      "/fairlead/v1/lbs/LB/traffic?range=day&server=%3A%3A1",
      "/fairlead/v1/lbs/LB/switchover",
      "/fairlead/v1/lbs/LB/failovers?page_size=10",
      "/fairlead/v1/nodes",
      "/fairlead/v1/nodes/fr-par-a/drain",
      "/fairlead/v1/regions/fr-par/rebalance",
      "/fairlead/v1/draft-checks",
      "/fairlead/v1/ips",
      "/lb/v1/regions/fr-par/lbs",
      "/lb/v1/regions/fr-par/lbs/LB",
      "/lb/v1/regions/fr-par/lbs/LB?release_ip=true",
      "/lb/v1/regions/nl-ams/lbs/LB/frontends",
      "/lb/v1/regions/nl-ams/frontends/ID",
      "/lb/v1/regions/nl-ams/lbs/LB/backends",
      "/lb/v1/regions/nl-ams/backends/ID",
      "/lb/v1/regions/nl-ams/routes?lb_id=LB",
      "/lb/v1/regions/nl-ams/routes/ID",
      "/lb/v1/regions/nl-ams/frontends/ID/acls",
      "/lb/v1/regions/nl-ams/ips/ID",
    ]
  `)
})

test('an id never leaves its place in the path', () => {
  expect(apiPath.overview('../x?y#z')).toBe('/fairlead/v1/lbs/..%2Fx%3Fy%23z')
  expect(consolePath.loadBalancer('a/b')).toBe('/network/load-balancers/a%2Fb')
})

import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  below,
  type Call,
  checkEdits,
  fieldsBy,
  newName,
  ok,
  oneOf,
  REGION,
  TEXTS,
} from '#components/form/testing/edit-check.ts'
import { type Acl, AclSpec } from '#lib/core/acl.ts'
import type { Backend } from '#lib/core/backend.ts'
import type { Frontend } from '#lib/core/frontend.ts'
import type { Lb } from '#lib/core/lb.ts'
import { type Route, UpdateRoute } from '#lib/core/route.ts'
import {
  type RunningControlPlane,
  runControlPlane,
} from '#lib/testing/control-plane/running-control-plane.ts'
import { type AclValues, aclRequest, aclValues, specOf } from './acl-values.ts'
import { type RouteValues, routeRequest, routeValues } from './route-values.ts'

let controlPlane: RunningControlPlane
let lbId: string
beforeAll(async () => {
  controlPlane = await runControlPlane()
  lbId = (await ok<Lb>(call, 'POST', `${REGION}/lbs`, { name: 'forms' })).id
})
afterAll(() => controlPlane.stop())

const call: Call = (...request) => controlPlane.call(...request)

const HTTP_BACKEND = {
  forward_protocol: 'http',
  forward_port: 80,
  health_check: { port: 80, check_max_retries: 3, tcp_config: {} },
}

test('editing an ACL changes only its edited fields, and no other ACL', async () => {
  const backend = await ok<Backend>(call, 'POST', `${REGION}/lbs/${lbId}/backends`, {
    ...HTTP_BACKEND,
    name: newName(),
  })
  const frontend = await ok<Frontend>(call, 'POST', `${REGION}/lbs/${lbId}/frontends`, {
    name: 'acls',
    inbound_port: 81,
    backend_id: backend.id,
  })
  const path = `${REGION}/frontends/${frontend.id}/acls`
  type Listed = { own: Acl; others: Omit<Acl, 'frontend'>[] }
  const read = async (id: string): Promise<Listed> => {
    const { acls } = await ok<{ acls: Acl[] }>(call, 'GET', `${path}?page_size=100`)
    const own = acls.find((acl) => acl.id === id)
    if (!own) throw new Error(`There is no ACL ${id}`)
    const others = acls.filter((acl) => acl !== own)
    return { own, others: others.map(({ frontend: _, ...fields }) => fields) }
  }
  const MATCHES = [
    { http_filter: 'acl_http_filter_none' },
    {
      http_filter: 'http_header_match',
      http_filter_option: 'X-A',
      http_filter_value: [' a ', 'b'],
    },
    { http_filter: 'http_header_match', http_filter_option: 'X-B', http_filter_value: [] },
    { http_filter: 'regex', http_filter_value: ['^/a b ', '^/c'], http_filter_option: 'kept' },
    { http_filter: 'path_begin', http_filter_value: ['/x', '/y '] },
  ]
  const redirect = { type: 'location', target: 'https://www.example.com/', code: 308 }
  const saved = await checkEdits<Listed, AclValues>({
    create: async () => {
      const { id } = await ok<Acl>(call, 'POST', path, {
        name: newName(),
        description: oneOf(TEXTS),
        // Indexes need not be unique.
        index: below(3),
        action: oneOf([{ type: 'deny' }, { type: 'allow' }, { type: 'redirect', redirect }]),
        match: {
          ip_subnet: oneOf([[], ['0.0.0.0/0'], ['::/0'], ['10.0.0.0/8', '10.0.0.0/8']]),
          ips_edge_services: below(2) === 0,
          invert: below(2) === 0,
          ...oneOf(MATCHES),
        },
      })
      return read(id)
    },
    read: ({ own }) => read(own.id),
    valuesOf: ({ own }) => aclValues(specOf(own)),
    isValid: (inputs, { own }) => AclSpec.safeParse(aclRequest(inputs, specOf(own))).success,
    save: (inputs, { own, others }) =>
      ok(call, 'PUT', path, {
        acls: [
          aclRequest(inputs, specOf(own)),
          ...others.map((acl) => specOf({ ...acl, frontend })),
        ],
      }),
    // The API identifies an ACL by its name.
    fixed: /^name$/,
    fieldsOf: fieldsBy({
      action: /^own\.action/,
      redirectType: /^own\.action\.redirect\.type$/,
      target: /^own\.action\.redirect\.target$/,
      code: /^own\.action\.redirect\.code$/,
      sources: /^own\.match\.ip_subnet$/,
      // Without a filter there are no values.
      filter: /^own\.match\.http_filter/,
      header: /^own\.match\.http_filter_option$/,
      values: /^own\.match\.http_filter_value$/,
      invert: /^own\.match\.invert$/,
      description: /^own\.description$/,
    }),
  })
  expect(saved).toBeGreaterThan(20)
})

test('editing a route changes only the edited fields', async () => {
  const backends: Backend[] = []
  for (let index = 0; index < 4; index++) {
    const body = { ...HTTP_BACKEND, name: newName() }
    backends.push(await ok(call, 'POST', `${REGION}/lbs/${lbId}/backends`, body))
  }
  const frontend = await ok<Frontend>(call, 'POST', `${REGION}/lbs/${lbId}/frontends`, {
    name: 'routes',
    inbound_port: 82,
    backend_id: backends[0]?.id,
  })
  let number = 0
  const saved = await checkEdits<Route, RouteValues>({
    create: () => {
      number += 1
      const host = { host_header: `WWW${number}.Example.com.`, match_subdomains: below(2) === 0 }
      const path = { path_begin: `/a%20b/${number}/` }
      const match = oneOf([host, path])
      const body = { frontend_id: frontend.id, backend_id: oneOf(backends).id, match }
      return ok(call, 'POST', `${REGION}/routes`, body)
    },
    read: ({ id }) => ok(call, 'GET', `${REGION}/routes/${id}`),
    valuesOf: routeValues,
    isValid: (inputs, base) => UpdateRoute.safeParse(routeRequest(inputs, base)).success,
    save: (inputs, base) =>
      ok(call, 'PUT', `${REGION}/routes/${base.id}`, routeRequest(inputs, base)),
    // Two routes of a frontend can't match the same.
    fixed: /^(kind|value)$/,
    fieldsOf: fieldsBy({ subdomains: /^match\.match_subdomains$/, backend: /^backend_id$/ }),
  })
  expect(saved).toBeGreaterThan(3)
  expect(
    routeRequest({ kind: 'sni', value: 'a', subdomains: false, backend: 'b' }, null).match,
  ).toEqual({
    sni: 'a',
    match_subdomains: false,
  })
})

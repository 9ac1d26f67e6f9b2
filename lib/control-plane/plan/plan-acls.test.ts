import { describe, expect, test } from 'vitest'
import type { AclAction, AclMatch } from '#lib/core/acl.ts'
import type { AclRow } from '../store/tables.ts'
import { planAcls } from './plan-acls.ts'

const AT = '2026-07-21T10:17:00.000001Z'
const EVERYONE: AclMatch = {
  ip_subnet: ['0.0.0.0/0'],
  ips_edge_services: false,
  http_filter: 'acl_http_filter_none',
  http_filter_value: [],
  http_filter_option: null,
  invert: false,
}

const row = (changes: Partial<AclRow>): AclRow => ({
  id: 'acl',
  lb_id: 'lb',
  frontend_id: 'frontend',
  name: 'acl',
  description: '',
  index: 0,
  match: EVERYONE,
  action: { type: 'deny', redirect: null },
  created_at: AT,
  updated_at: AT,
  ...changes,
})

const matchOf = (match: Partial<AclMatch>) =>
  planAcls([row({ match: { ...EVERYONE, ...match } })])[0]?.match
const actionOf = (action: AclAction) => planAcls([row({ action })])[0]?.action

test('ACLs are evaluated by index, and the older first if the index is equal', () => {
  const acls = [
    row({ id: 'last', index: 9 }),
    row({ id: 'younger', index: 2, created_at: '2026-07-22T10:17:00.000001Z' }),
    row({ id: 'older', index: 2 }),
    row({ id: 'first', index: 0 }),
  ]
  expect(planAcls(acls).map(({ id }) => id)).toEqual(['first', 'older', 'younger', 'last'])
})

describe('sources', () => {
  test.each<[Partial<AclMatch>, string[] | null]>([
    [{ ip_subnet: ['0.0.0.0/0'] }, null],
    [{ ip_subnet: ['::/0', '10.0.0.1'] }, null],
    [
      { ip_subnet: ['10.0.0.1', '10.1.0.0/16', '2001:db8::1'] },
      ['10.0.0.1/32', '10.1.0.0/16', '2001:db8::1/128'],
    ],
    [{ ips_edge_services: true }, []],
    [{ ips_edge_services: true, ip_subnet: ['10.0.0.1'] }, ['10.0.0.1/32']],
  ])('%j', (match, sources) => {
    expect(matchOf(match)).toEqual({ sources, http: null, invert: false })
  })
})

describe('HTTP filters', () => {
  test.each<[Partial<AclMatch>, object]>([
    [
      { http_filter: 'path_begin', http_filter_value: ['/a', '/b'] },
      { type: 'path_begin', values: ['/a', '/b'] },
    ],
    [
      { http_filter: 'path_begin', http_filter_value: ['foo', 'foo/bar', '%2Fbar', '/baz'] },
      { type: 'path_begin', values: ['/foo', '/foo/bar', '/%2Fbar', '/baz'] },
    ],
    [
      { http_filter: 'path_end', http_filter_value: ['foo'] },
      { type: 'path_end', values: ['foo'] },
    ],
    [
      { http_filter: 'regex', http_filter_value: ['^/x'] },
      { type: 'path_regex', values: ['^/x'] },
    ],
    [
      { http_filter: 'http_header_match', http_filter_option: 'host', http_filter_value: ['a'] },
      { type: 'header', name: 'host', values: ['a'] },
    ],
  ])('%j', (match, http) => {
    expect(matchOf({ ...match, invert: true })).toEqual({ sources: null, http, invert: true })
  })
})

test('actions', () => {
  expect(actionOf({ type: 'allow', redirect: null })).toEqual({ type: 'allow' })
  expect(
    actionOf({ type: 'redirect', redirect: { type: 'scheme', target: 'HTTPS', code: 301 } }),
  ).toEqual({ type: 'redirect', code: 301, to: { type: 'scheme', scheme: 'https' } })
  const target = 'https://{{host}}{{path}}'
  expect(actionOf({ type: 'redirect', redirect: { type: 'location', target, code: 307 } })).toEqual(
    { type: 'redirect', code: 307, to: { type: 'location', target } },
  )
})

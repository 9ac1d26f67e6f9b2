import { expect, test } from 'vitest'
import type { AclAction, AclMatch } from '#lib/core/acl.ts'
import { aclText } from './acl-text.ts'

const MATCH: AclMatch = {
  ip_subnet: ['0.0.0.0/0'],
  ips_edge_services: false,
  http_filter: 'acl_http_filter_none',
  http_filter_value: [],
  http_filter_option: null,
  invert: false,
}
const DENY: AclAction = { type: 'deny', redirect: null }
const ten = { ip_subnet: ['10.0.0.0/8'] }
const path: Partial<AclMatch> = { http_filter: 'path_begin', http_filter_value: ['/a', '/b'] }
const header = { http_filter: 'http_header_match', http_filter_option: 'X-Team' } as const

test.each<[Partial<AclMatch>, string]>([
  [{}, 'Deny everyone'],
  [ten, 'Deny 10.0.0.0/8'],
  [{ ip_subnet: ['1.1.1.1', '2.2.2.2', '3.3.3.3'] }, 'Deny 1.1.1.1, 2.2.2.2 and 3.3.3.3'],
  [{ ip_subnet: ['a', 'b', 'c', 'd', 'e', 'f'] }, 'Deny a, b, c and 3 more'],
  [path, 'Deny everyone where path begins with /a or /b'],
  [{ ...path, http_filter_value: ['a', '/b'] }, 'Deny everyone where path begins with /a or /b'],
  [{ ...ten, ...path }, 'Deny 10.0.0.0/8 where path begins with /a or /b'],
  [{ ...path, invert: true }, 'Deny everyone unless path begins with /a or /b'],
  [{ ...ten, invert: true }, 'Deny everyone but 10.0.0.0/8'],
  [
    { ...ten, ...path, invert: true },
    'Deny everyone but 10.0.0.0/8 where path begins with /a or /b',
  ],
  [{ invert: true }, 'Deny nobody'],
  [header, 'Deny everyone where header X-Team is there'],
  [{ ...header, http_filter_value: ['a'] }, 'Deny everyone where header X-Team is a'],
])('%j: %s', (change, text) => {
  expect(aclText({ match: { ...MATCH, ...change }, action: DENY })).toBe(text)
})

test('a redirect names its target', () => {
  const redirect = { type: 'scheme', target: 'https', code: 301 } as const
  expect(aclText({ match: MATCH, action: { type: 'redirect', redirect } })).toBe(
    'Redirect everyone to https (301)',
  )
})

import { expect, test } from 'vitest'
import type { AclSpec } from '#lib/core/acl.ts'
import {
  type AclValues,
  aclRefusals,
  aclValues,
  checkAcl,
  NEW_ACL,
  withIndexes,
} from './acl-values.ts'

test('an ACL goes into the form and comes out as it was', () => {
  const acl: AclSpec = {
    name: 'to www',
    action: {
      type: 'redirect',
      redirect: { type: 'location', target: 'https://www.example.com{{path}}', code: 308 },
    },
    match: {
      ip_subnet: ['10.0.0.0/8', 'fd00::/8'],
      ips_edge_services: false,
      http_filter: 'http_header_match',
      http_filter_value: ['example.com', 'example.org'],
      http_filter_option: 'Host',
      invert: true,
    },
    index: 7,
    description: 'One name.',
  }
  expect(checkAcl(aclValues(acl), acl).acl).toEqual(acl)
})

test('what is wrong is said at its input, with the line', () => {
  const values = { ...NEW_ACL, sources: '10.0.0.1, 10.0.0.300', filter: 'path_end' as const }
  expect(checkAcl({ ...values, values: '/a\nb\u0007' }, null).problems).toEqual({
    name: 'ACL name is required.',
    sources: '10.0.0.300: Enter an IP address or a network. For example: 10.0.0.0/8',
    values: "b\u0007: A value can't contain line breaks or control characters.",
  })
})

test('an invalid host, and a target whose host the request could change, are errors at their inputs', () => {
  const values: AclValues = {
    ...NEW_ACL,
    name: 'x',
    action: 'redirect',
    redirectType: 'location',
    target: 'https://{{query}}',
    filter: 'http_header_match',
    header: 'Host',
    values: 'a.test\na b',
  }
  expect(checkAcl(values, null).problems).toEqual({
    target: expect.stringMatching(/^The host of the target must be a host name/),
    values: expect.stringMatching(/^a b: A value for Host must be a host name or an address/),
  })
})

test('what is hidden is not sent', () => {
  const hidden = { ...NEW_ACL, name: 'all', target: 'nonsense', values: 'x', header: ' ' }
  expect(checkAcl(hidden, null).acl).toMatchObject({
    action: { type: 'deny', redirect: null },
    match: { ip_subnet: ['0.0.0.0/0'], http_filter_value: [], http_filter_option: null },
  })
})

test('indexes follow the order, and stay where they can', () => {
  const acl = (index: number) => ({ index }) as AclSpec
  const indexesOf = (...all: number[]) => withIndexes(all.map(acl)).map(({ index }) => index)
  expect(indexesOf(1, 10, 20)).toEqual([1, 10, 20])
  expect(indexesOf(10, 1, 20)).toEqual([10, 11, 20])
  expect(indexesOf(4, 4, 4)).toEqual([4, 5, 6])
})

test('the server’s errors are shown at their ACL and input', () => {
  const { each, rest } = aclRefusals([
    { field: 'acls.1.match.http_filter_value.0', message: 'It has a ( without its ).' },
    { field: 'acls.1.match.http_filter_value.3', message: 'Another.' },
    { field: 'acls.2.name', message: 'Name is required.' },
    { field: 'acls', message: 'Too many steps.' },
  ])
  expect([...each]).toEqual([
    [1, { values: 'It has a ( without its ).' }],
    [2, { name: 'Name is required.' }],
  ])
  expect(rest).toEqual(['Too many steps.'])
})

import { expect, test } from 'vitest'
import { matchErrors, requestOf, schemaErrors } from '#components/form/request-fields.ts'
import { ApiError, validationErrors } from '#lib/client/api-error.ts'
import { AclSpec } from '#lib/core/acl.ts'
import {
  type AclValues,
  aclErrorMessages,
  aclErrors,
  aclForm,
  aclRequest,
  aclValues,
  NEW_ACL,
  withIndexes,
} from './acl-values.ts'

/** The messages of a new ACL's invalid inputs. */
function messagesOf(values: AclValues): Record<string, string> {
  const tree = aclForm(null).fields(values)
  return Object.fromEntries(matchErrors(schemaErrors(AclSpec, requestOf(tree)), tree).byInput)
}

const REDIRECTING: AclSpec = {
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

test('an untouched form sends the same ACL', () => {
  expect(AclSpec.parse(aclRequest(aclValues(REDIRECTING), REDIRECTING))).toEqual(REDIRECTING)
  expect(requestOf(aclForm(REDIRECTING).fields(aclValues(REDIRECTING)))).toEqual(REDIRECTING)
})

test('errors are shown at their inputs and name the item', () => {
  const values = { ...NEW_ACL, sources: '10.0.0.1, 10.0.0.300', filter: 'path_end' as const }
  expect(messagesOf({ ...values, values: '/a\nb\u0007' })).toEqual({
    name: 'ACL name is required.',
    sources: '10.0.0.300: Enter an IP address or a network. For example: 10.0.0.0/8',
    values: "b\u0007: A value can't contain line breaks or control characters.",
  })
})

test('an invalid host and a redirect to a host of the request are errors', () => {
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
  expect(messagesOf(values)).toEqual({
    target: expect.stringMatching(/^The host of the target must be a host name/),
    values: expect.stringMatching(/^a b: A value for Host must be a host name or an address/),
  })
})

test('hidden inputs are not sent', () => {
  const hidden = { ...NEW_ACL, name: 'all', target: 'nonsense', values: 'x', header: ' ' }
  expect(AclSpec.parse(aclRequest(hidden, null))).toMatchObject({
    action: { type: 'deny', redirect: null },
    match: { ip_subnet: ['0.0.0.0/0'], http_filter_value: [], http_filter_option: null },
  })
})

test('indexes ascend in the order of the list, and those that do already are kept', () => {
  const acl = (index: number) => ({ index }) as AclSpec
  const indexesOf = (...all: number[]) => withIndexes(all.map(acl)).map(({ index }) => index)
  expect(indexesOf(1, 10, 20)).toEqual([1, 10, 20])
  expect(indexesOf(10, 1, 20)).toEqual([10, 11, 20])
  expect(indexesOf(4, 4, 4)).toEqual([4, 5, 6])
})

test('errors of a rejected list are matched with their ACL and input', () => {
  const details = [
    ['acls.1.match.http_filter_value.0', 'It has a ( without its ).'],
    ['acls.1.match.http_filter_value.1', 'Another.'],
    ['acls.2.name', 'Name is required.'],
    ['acls', 'Too many steps.'],
  ].map(([argument_name, help_message]) => ({ argument_name, help_message }))
  const { each, rest } = aclErrors(new ApiError(400, { message: 'raw', details }, null))
  expect([...each.keys()]).toEqual([1, 2])
  expect(validationErrors(each.get(2))).toEqual([{ field: 'name', message: 'Name is required.' }])
  expect(aclErrorMessages(REDIRECTING, each.get(1))).toEqual([
    'example.com: It has a ( without its ).',
  ])
  expect(rest).toEqual(['Too many steps.'])
})

import { expect, test } from 'vitest'
import { networksError, networksIn } from './token-values.ts'

test.each([
  ['', []],
  [' \n ', []],
  ['203.0.113.0/24', ['203.0.113.0/24']],
  ['203.0.113.0/24, 10.0.0.1\n\n2001:db8::/32 ', ['203.0.113.0/24', '10.0.0.1', '2001:db8::/32']],
])('%j has the networks %j', (text, networks) => {
  expect(networksIn(text)).toEqual(networks)
  expect(networksError(text)).toBeUndefined()
})

test('the first item that is not a network is named', () => {
  expect(networksError('10.0.0.0/8\n10.0.0.0/33\noffice')).toBe(
    '10.0.0.0/33 is not an IP address or network. Enter one such as 203.0.113.0/24.',
  )
})

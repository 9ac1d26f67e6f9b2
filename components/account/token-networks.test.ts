import { expect, test } from 'vitest'
import { networksIn, networksProblem } from './token-networks.ts'

test.each([
  ['', []],
  [' \n ', []],
  ['203.0.113.0/24', ['203.0.113.0/24']],
  ['203.0.113.0/24, 10.0.0.1\n\n2001:db8::/32 ', ['203.0.113.0/24', '10.0.0.1', '2001:db8::/32']],
])('%j has %j', (text, networks) => {
  expect(networksIn(text)).toEqual(networks)
  expect(networksProblem(text)).toBe(true)
})

test('the first that is none is named', () => {
  expect(networksProblem('10.0.0.0/8\n10.0.0.0/33\noffice')).toBe(
    '10.0.0.0/33 is not an IP address or network. Enter one such as 203.0.113.0/24.',
  )
})

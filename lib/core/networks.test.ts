import { expect, test } from 'vitest'
import { inNetworks, isWithin, networksOf } from './networks.ts'

test.each([
  ['192.0.2.7', ['192.0.2.0/24'], true],
  ['192.0.3.7', ['192.0.2.0/24'], false],
  ['192.0.2.7', ['198.51.100.1', '192.0.2.7'], true],
  ['2001:db8::7', ['2001:db8::/32'], true],
  ['2001:db9::7', ['2001:db8::/32'], false],
  ['127.0.0.1', ['::/64'], false],
  ['::7f00:1', ['127.0.0.0/8'], false],
  ['127.0.0.1', ['::ffff:127.0.0.0/104'], true],
  ['127.0.0.1', [], false],
])('%s in %j: %s', (address, subnets, expected) => {
  expect(inNetworks(address, networksOf(subnets))).toBe(expected)
})

test.each([
  ['10.1.0.0/16', ['10.0.0.0/8'], true],
  ['10.0.0.0/8', ['10.0.0.0/8'], true],
  ['10.0.0.0/7', ['10.0.0.0/8'], false],
  ['::/0', ['10.0.0.0/8'], false],
  ['2001:db8:1::/48', ['10.0.0.0/8', '2001:db8::/32'], true],
  ['nonsense', ['10.0.0.0/8'], false],
])('%s within %j: %s', (subnet, subnets, expected) => {
  expect(isWithin(subnet, networksOf(subnets))).toBe(expected)
})

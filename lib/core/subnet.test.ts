import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isIpv4, isIpv6 } from './address.ts'
import { addressNumber, subnetRange } from './subnet.ts'

const ends = (subnet: string) => subnetRange(subnet)?.map(String)

describe('networks', () => {
  test.each([
    ['10.0.0.1', ['167772161', '167772161']],
    ['10.1.2.3/8', ['167772160', '184549375']],
    ['0.0.0.0/0', ['0', '4294967295']],
    ['::1', ['1', '1']],
    ['::/127', ['0', '1']],
    ['::ffff:10.0.0.1/128', ['167772161', '167772161']],
    ['::ffff:0:0/95', ['0', '4294967295']],
  ])('%s', (subnet, expected) => {
    expect(ends(subnet)).toEqual(expected)
  })

  test.each([
    '',
    '/8',
    '10.0.0.0/',
    '10.0.0.0/33',
    '10.0.0.0/-1',
    '10.0.0.0/08',
    '10.0.0.0/1e1',
    '10.0.0.0/ 8',
    '10.0.0.0/8/8',
    '10.0.0/8',
    '010.0.0.0/8',
    '10.0.0.256',
    '::/129',
    ':::/8',
    'fe80::1%eth0',
    '1:2:3:4:5:6:7:8:9',
    'x',
  ])('%j is not a subnet', (subnet) => {
    expect(subnetRange(subnet)).toBeNull()
  })
})

test('every address has a number of its own', () => {
  fc.assert(
    fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (text) => {
      if (!isIpv4(text) && !isIpv6(text)) return
      const number = addressNumber(text)
      expect(subnetRange(text)).toEqual([number, number])
      expect(number >= 0 && BigInt(number) < 1n << 128n).toBe(true)
    }),
  )
})

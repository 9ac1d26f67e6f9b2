import { describe, expect, test } from 'vitest'
import { addressReadings, deniedAddress, isLoopback, isPrivate } from './denied-address.ts'
import { addressNumber } from './subnet.ts'

test.each([
  ['0.0.0.0', 'not a host address'],
  ['0.1.2.3', 'not a host address'],
  ['169.254.169.254', 'link-local'],
  ['224.0.0.1', 'multicast'],
  ['255.255.255.255', 'reserved'],
  ['::', 'not a host address'],
  ['fe80::1', 'link-local'],
  ['fe80::1%eth0', 'link-local'],
  ['febf::1', 'link-local'],
  ['ff02::1', 'multicast'],
])('%s is denied: it is %s', (address, reason) => {
  expect(deniedAddress(address)).toContain(reason)
})

test.each([
  ['Amazon', 'fd00:ec2::254'],
  ["Amazon's EKS", 'fd00:ec2::23'],
  ['Google', 'fd20:ce::254'],
  ['Azure', '168.63.129.16'],
  ['Alibaba', '100.100.100.200'],
  ['Oracle', '192.0.0.192'],
  ['Oracle, by IPv6', 'fd00:c1::a9fe:a9fe'],
  ['Scaleway, by IPv6', 'fd00:42::42'],
])('the metadata service of %s is denied', (_cloud, address) => {
  expect(deniedAddress(address)).toBe('is a cloud metadata service')
})

/** Spellings of an IPv4 address as IPv6 addresses. `hi` and `lo` are its halves in hex, `nhi` and `nlo` those inverted. */
const SPELLINGS: [name: string, of: (v4: number) => string][] = [
  ['IPv4-mapped', (v4) => `::ffff:${hi(v4)}:${lo(v4)}`],
  ['IPv4-mapped, dotted', (v4) => `::ffff:${dotted(v4)}`],
  ['IPv4-mapped, uncompressed', (v4) => `0:0:0:0:0:FFFF:${dotted(v4)}`],
  ['IPv4-compatible', (v4) => `::${hi(v4)}:${lo(v4)}`],
  ['IPv4-compatible, dotted', (v4) => `::${dotted(v4)}`],
  ['IPv4-translated', (v4) => `::ffff:0:${hi(v4)}:${lo(v4)}`],
  ['NAT64', (v4) => `64:ff9b::${hi(v4)}:${lo(v4)}`],
  ['NAT64, dotted', (v4) => `64:ff9b::${dotted(v4)}`],
  ['local NAT64, /96', (v4) => `64:ff9b:1::${hi(v4)}:${lo(v4)}`],
  ['local NAT64, /96 of a network', (v4) => `64:ff9b:1:abcd:12:34:${hi(v4)}:${lo(v4)}`],
  ['local NAT64, /64', (v4) => `64:ff9b:1:abcd:${group(v4 >>> 24)}:${middle(v4)}:${last(v4)}:0`],
  [
    'local NAT64, /56',
    (v4) => `64:ff9b:1:ab${byte(v4 >>> 24)}:${group((v4 >>> 16) & 255)}:${lo(v4)}::`,
  ],
  ['local NAT64, /48', (v4) => `64:ff9b:1:${hi(v4)}:${group((v4 >>> 8) & 255)}:${last(v4)}::`],
  ['6to4', (v4) => `2002:${hi(v4)}:${lo(v4)}::1`],
  ['6to4, with a subnet', (v4) => `2002:${hi(v4)}:${lo(v4)}:1:2:3:4:5`],
  ['Teredo client', (v4) => `2001:0:808:808:0:0:${hi(~v4)}:${lo(~v4)}`],
  ['Teredo server', (v4) => `2001:0:${hi(v4)}:${lo(v4)}:0:0:f7f7:f7f7`],
  ['ISATAP', (v4) => `2001:db8::5efe:${hi(v4)}:${lo(v4)}`],
  ['ISATAP, universal', (v4) => `2001:db8::200:5efe:${hi(v4)}:${lo(v4)}`],
  ['ISATAP, dotted', (v4) => `fd12:3::200:5efe:${dotted(v4)}`],
]
const group = (number: number) => number.toString(16)
const byte = (number: number) => (number & 255).toString(16).padStart(2, '0')
const hi = (v4: number) => group((v4 >>> 16) & 0xffff)
const lo = (v4: number) => group(v4 & 0xffff)
const middle = (v4: number) => group((v4 >>> 8) & 0xffff)
const last = (v4: number) => group((v4 & 255) << 8)
const dotted = (v4: number) => [24, 16, 8, 0].map((shift) => (v4 >>> shift) & 255).join('.')

describe.each(SPELLINGS)('an address spelled as %s', (_name, of) => {
  test.each(['169.254.169.254', '100.100.100.200', '168.63.129.16', '192.0.0.192'])(
    'is denied where %s is',
    (v4) =>
      expect([of(numberOf(v4)), deniedAddress(of(numberOf(v4)))]).toEqual([
        of(numberOf(v4)),
        deniedAddress(v4),
      ]),
  )

  test('is loopback or private where the IPv4 address is, and else neither', () => {
    expect(isLoopback(of(numberOf('127.0.0.1')))).toBe(true)
    expect(isLoopback(of(numberOf('127.9.9.9')))).toBe(true)
    expect(isPrivate(of(numberOf('192.168.1.1')))).toBe(true)
    expect(addressReadings(of(numberOf('127.91.0.1')))).toContain(numberOf('127.91.0.1'))
  })
})
const numberOf = (v4: string) => addressNumber(v4) as number

test.each([
  '10.0.0.1',
  '127.0.0.1',
  '169.253.255.255',
  '100.100.100.199',
  '::1',
  '2001:db8::1',
  'fd00::1',
  'fd20:ce::1',
  '64:ff9b::808:808',
  '64:ff9b:1::808:808',
  '64:ff9b:1:fffe::808:808',
  '2002:808:808::1',
  '2001:0:808:808::f7f7:f7f7',
])('%s is not denied', (address) => expect(deniedAddress(address)).toBeNull())

test.each([
  ['127.0.0.1', true],
  ['127.9.9.9', true],
  ['::1', true],
  ['::2', false],
  ['128.0.0.1', false],
  ['2001:db8::1', false],
])('%s is loopback: %s', (address, is) => {
  expect(isLoopback(address)).toBe(is)
})

test.each([
  ['10.1.2.3', true],
  ['172.31.0.1', true],
  ['172.32.0.1', false],
  ['100.64.0.1', true],
  ['100.128.0.1', false],
  ['fd12::1', true],
  ['fec0::1', true],
  ['::1', true],
  ['8.8.8.8', false],
  ['2001:db8::1', false],
  ['64:ff9b::808:808', false],
])('%s is private: %s', (address, is) => {
  expect(isPrivate(address)).toBe(is)
})

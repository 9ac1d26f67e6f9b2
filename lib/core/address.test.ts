import { describe, expect, test } from 'vitest'
import { ADDRESS_HINT, canonicalAddress, ServerAddress, ServerAddresses } from './address.ts'

describe('server addresses', () => {
  test.each([
    ['10.0.0.4', '10.0.0.4'],
    [' 10.0.0.4 ', '10.0.0.4'],
    ['2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
    ['::1', '::1'],
    ['::ffff:10.0.0.4', '10.0.0.4'],
    ['::FFFF:0a00:0004', '10.0.0.4'],
  ])('%j is %s', (sent, canonical) => {
    expect(ServerAddress.parse(sent)).toBe(canonical)
  })

  test.each([
    '',
    '10.0.0',
    '10.0.0.256',
    '010.0.0.1',
    'web1',
    '10.0.0.4:80',
    '[::1]',
    'fe80::1%eth0',
  ])('%j is refused', (text) => {
    expect(ServerAddress.safeParse(text).error?.issues[0]?.message).toBe(ADDRESS_HINT)
  })

  test('the same server written in two ways is found, with its place', () => {
    const result = ServerAddresses.safeParse(['2001:db8::1', '10.0.0.4', '2001:DB8:0::1'])
    expect(result.error?.issues).toMatchObject([
      { path: [2], message: '2001:db8::1 is already in the list (line 1).' },
    ])
  })

  test('a canonical address stays as it is', () => {
    for (const address of ['10.0.0.4', '2001:db8::1'])
      expect(canonicalAddress(address)).toBe(address)
  })
})

import { describe, expect, test } from 'vitest'
import { parsePool, poolSize, poolsOverlap } from './ip-pool.ts'

describe('pool of addresses', () => {
  test.each([
    ['127.51.0.0/24', 254],
    ['127.51.0.9/24', 254],
    ['10.0.0.0/30', 2],
    ['10.0.0.0/31', 2],
    ['10.0.0.7/32', 1],
    ['10.0.0.0/30+10.0.1.0/24', 256],
  ])('%s has %i addresses', (text, size) => {
    expect(poolSize(parsePool(text))).toBe(size)
  })

  test.each(['', '10.0.0.0', '10.0.0.0/33', '10.0.0/24', '300.0.0.0/24', '::/64', '10.0.0.0/30+x'])(
    '"%s" is refused',
    (text) => {
      expect(() => parsePool(text)).toThrow(/is not an IPv4 network/)
    },
  )

  test.each(['0.0.0.0/0', '0.0.0.0/8', '192.0.0.0/2', '224.0.0.0/24', '255.255.255.255/32'])(
    '"%s" is refused, because no host can have some of its addresses',
    (text) => {
      expect(() => parsePool(text)).toThrow(`"${text}" has addresses that no host can have.`)
    },
  )

  test('overlapping pools are detected', () => {
    const pool = parsePool('10.0.0.0/24+10.2.0.0/24')
    expect(poolsOverlap(pool, parsePool('10.2.0.128/25'))).toBe(true)
    expect(poolsOverlap(pool, parsePool('10.1.0.0/24'))).toBe(false)
  })
})

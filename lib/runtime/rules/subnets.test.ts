import { expect, test } from 'vitest'
import { parseAddress, Subnets } from './subnets.ts'

const has = (subnets: string[], address: string) => new Subnets(subnets).has(parseAddress(address))

test.each<[string[], string, boolean]>([
  [['10.0.0.0/8'], '10.255.255.255', true],
  [['10.0.0.0/8'], '11.0.0.0', false],
  [['10.0.0.0/8'], '9.255.255.255', false],
  [['10.1.2.3/8'], '10.9.9.9', true],
  [['192.168.0.1'], '192.168.0.1', true],
  [['192.168.0.1'], '192.168.0.2', false],
  [['192.168.0.1/32'], '192.168.0.1', true],
  [['0.0.0.0/0'], '255.255.255.255', true],
  [['0.0.0.0/0'], '::1', false],
  [['255.255.255.255/32'], '255.255.255.255', true],
  [['128.0.0.0/1'], '200.1.1.1', true],
  [['128.0.0.0/1'], '127.255.255.255', false],
  [['10.0.0.0/8'], '::ffff:10.1.1.1', true],
  [['10.0.0.0/8'], '::ffff:a01:101', true],
  [['::ffff:10.0.0.0/104'], '10.1.1.1', true],
  [['::ffff:10.0.0.0/104'], '11.1.1.1', false],
  [['2001:db8::/32'], '2001:db8:ffff::1', true],
  [['2001:db8::/32'], '2001:db9::', false],
  [['2001:db8::1'], '2001:db8::1', true],
  [['2001:db8::1'], '2001:db8::2', false],
  [['::/0'], 'ffff::', true],
  [['::/0'], '1.2.3.4', false],
  [['fe80::/10'], 'fe80::1%eth0', true],
  [['1:2:3:4:5:6:7:8'], '1:2:3:4:5:6:7:8', true],
  [['1::'], '1:0:0:0:0:0:0:0', true],
  [['::1'], '::1', true],
  [[], '1.2.3.4', false],
  [['10.0.0.0/33', '10.0.0.0/-1', 'x', '', '10.0.0.0/a'], '10.0.0.0', false],
  [['0.0.0.0/0'], '', false],
])('%j has %s: %s', (subnets, address, expected) => {
  expect(has(subnets, address)).toBe(expected)
})

test('overlapping and adjacent subnets in any order match as each of them does', () => {
  let seed = 7
  const random = (below: number) => {
    seed = (seed * 48_271) % 2_147_483_647
    return seed % below
  }
  const address = () => `10.${random(4)}.${random(4)}.${random(256)}`
  const subnets = Array.from({ length: 60 }, () => `${address()}/${26 + random(7)}`)
  const all = new Subnets(subnets)
  let inside = 0
  for (let count = 0; count < 3000; count += 1) {
    const text = address()
    const one = subnets.some((subnet) => has([subnet], text))
    expect(all.has(parseAddress(text)), text).toBe(one)
    inside += Number(one)
  }
  expect(inside).toBeGreaterThan(300)
  expect(inside).toBeLessThan(2700)
})

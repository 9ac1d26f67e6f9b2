import { expect, test } from 'vitest'
import { DEFAULT_CLOCKS } from './clocks.ts'
import { advertCommands, layoutChain, tableCommands } from './fence-ruleset.ts'
import { carriersOf } from './pairs.ts'

const DEVICE = 'eth0'
const MAC = '02:00:00:00:00:01'
const PAIR = {
  number: 7,
  own: 'a',
  own_address: '10.0.0.1',
  peer_address: '10.0.0.2',
} as const

test('a table that was loaded with other values or another version is recognised', () => {
  const own = layoutChain(DEVICE, MAC, DEFAULT_CLOCKS)
  expect(layoutChain(DEVICE, MAC, { ...DEFAULT_CLOCKS })).toBe(own)
  expect(layoutChain('eth1', MAC, DEFAULT_CLOCKS)).not.toBe(own)
  expect(layoutChain(DEVICE, MAC, { ...DEFAULT_CLOCKS, leaseMs: 100 })).not.toBe(own)
})

test('every chain, set and map that a rule names exists', () => {
  const text = tableCommands(DEVICE, MAC, DEFAULT_CLOCKS).join('\n')
  const named = [...text.matchAll(/(?:@|jump |goto )([a-z_]+)/g)].map(([, name]) => name)
  expect(new Set(named).size).toBeGreaterThan(15)
  for (const name of new Set(named)) {
    expect(text).toMatch(new RegExp(`^add (set|map|chain) netdev fairlead ${name}( |$)`, 'm'))
  }
})

test('own adverts open the fence for the lease, and priority 0 closes it', () => {
  const rules = advertCommands(carriersOf(PAIR), DEFAULT_CLOCKS).filter((rule) =>
    rule.includes('adverts_out ip saddr 10.0.0.1 ip daddr 10.0.0.2 @th,8,8 13 '),
  )
  expect(rules).toHaveLength(3)
  expect(rules[0]).toContain('@th,16,8 0 delete @alive')
  expect(rules[2]).toContain('update @alive { meta mark timeout 115ms }')
})

test('the fence is closed while the peer sends a higher priority than this host has', () => {
  const rules = (own: 'a' | 'b') =>
    advertCommands(carriersOf({ ...PAIR, own }), DEFAULT_CLOCKS)
      .filter((rule) => rule.includes('update @outranked'))
      .map((rule) => /@th,8,8 (\d+) .*@th,16,8 > (\d+)/.exec(rule)?.slice(1))
  // VRIDs 13 and 14 are carriers a and b of pair 7.
  expect(rules('a')).toEqual([
    ['13', '150'],
    ['14', '100'],
  ])
  expect(rules('b')).toEqual([
    ['13', '100'],
    ['14', '150'],
  ])
})

test('keepalived gets no adverts of another router with the VRID of a carrier', () => {
  const rules = advertCommands(carriersOf(PAIR), DEFAULT_CLOCKS)
  const foreign = rules.filter((rule) => rule.includes('adverts_in ip saddr != 10.0.0.2 '))
  expect(foreign).toHaveLength(2)
  for (const rule of foreign) expect(rule).toMatch(/update @foreign \{.+\} drop$/)
})

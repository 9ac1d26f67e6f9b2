import { expect, test } from 'vitest'
import { interfaceOf, parseIpPools } from './ip-pools.ts'
import { readSettings } from './settings.ts'

const hostNetworks = (text: string, env = {}) =>
  readSettings({ FAIRLEAD_IP_POOLS: text, ...env }, []).hostNetworks

test('networks with an interface are those that hosts have, the others stay as they are', () => {
  const text = 'fr-par=10.99.1.0/24@eth0+127.51.0.0/30,nl-ams=10.99.2.0/24@eth0'
  const { 'fr-par': paris } = parseIpPools(text)
  expect(paris).toEqual({
    text: '10.99.1.0/24@eth0+127.51.0.0/30',
    ranges: [
      { first: 0x0a630101, last: 0x0a6301fe },
      { first: 0x7f330001, last: 0x7f330002 },
    ],
    networks: [{ network: '10.99.1.0/24', interface: 'eth0' }],
  })
  expect(hostNetworks(text)).toEqual({
    interface: 'eth0',
    networks: ['10.99.1.0/24', '10.99.2.0/24'],
  })
})

test('a machine without interfaces in its pools, or without nodes, has none', () => {
  expect(interfaceOf(Object.values(parseIpPools(undefined)))).toBeNull()
  expect(
    hostNetworks('fr-par=10.99.1.0/24@eth0', { FAIRLEAD_ROLES: 'control-plane,console' }),
  ).toBeNull()
})

test.each([
  ['fr-par=10.99.1.0/24@', /^FAIRLEAD_IP_POOLS: "" is not the name of an interface/],
  ['fr-par=10.99.1.0/24@eth 0', /"eth 0" is not the name of an interface/],
  ['fr-par=10.99.1.0/24@eth0 nl-ams=10.99.2.0/24@eth0', /has more than one "="/],
  ['fr-par=@eth0', /^FAIRLEAD_IP_POOLS: "" is not an IPv4 network/],
  [
    'fr-par=10.99.1.0/24@eth0,nl-ams=10.99.2.0/24@eth1',
    /^FAIRLEAD_IP_POOLS names the interfaces eth0 and eth1, but .+ Name the same one for all networks/,
  ],
  ['fr-par=10.99.1.0/24@eth0+10.99.2.0/24@eth1', /names the interfaces eth0 and eth1, but/],
])('%j is refused in one line', (text, words) => {
  expect(() => parseIpPools(text)).toThrow(words)
  expect(() => parseIpPools(text)).toThrow(/^[^\n]+$/)
})

import { describe, expect, test } from 'vitest'
import {
  clientAddressOf,
  clientNetwork,
  forwardingProblem,
  parseTrustedProxies,
} from './client-address.ts'

const TRUSTED = parseTrustedProxies('127.0.0.9, 10.0.0.0/8,fd00:1::/64')
const CLIENT = '203.0.113.7'

const addressOf = (peer: string, headers: { forwarded?: string; forwardedFor?: string }) =>
  clientAddressOf(
    { peer, forwarded: headers.forwarded, forwardedFor: headers.forwardedFor },
    TRUSTED,
  )

describe('the address of a client', () => {
  test.each([
    ['nobody is trusted to say it', '198.51.100.1', CLIENT, '198.51.100.1'],
    ['a trusted proxy says it', '127.0.0.9', CLIENT, CLIENT],
    ['a mapped proxy says it', '::ffff:127.0.0.9', CLIENT, CLIENT],
    ['a neighbour of the proxy claims it', '127.0.0.8', CLIENT, '127.0.0.8'],
    ['the client claims another', '127.0.0.9', `192.0.2.1, ${CLIENT}`, CLIENT],
    ['the client claims to be a proxy', '127.0.0.9', `192.0.2.1, 10.9.9.9, ${CLIENT}`, CLIENT],
    ['there are two proxies', '127.0.0.9', `192.0.2.1, ${CLIENT}, 10.1.2.3`, CLIENT],
    ['all are proxies: the first of them', '127.0.0.9', '10.0.0.1, 10.0.0.2', '10.0.0.1'],
    ['the proxy says nothing', '127.0.0.9', undefined, '127.0.0.9'],
    ['the proxy says something unreadable', '127.0.0.9', `${CLIENT}, unknown`, '127.0.0.9'],
    ['it is empty', '127.0.0.9', '', '127.0.0.9'],
    ['it has a port', '127.0.0.9', `${CLIENT}:4711`, CLIENT],
    ['it is IPv6 with a port', '127.0.0.9', '[2001:DB8::7]:4711', '2001:db8::7'],
    ['it is IPv6', '10.0.0.1', '2001:db8:0:0::7', '2001:db8::7'],
    ['it is mapped', '10.0.0.1', `::ffff:${CLIENT}`, CLIENT],
    ['the proxy is reached by IPv6', 'fd00:1::5%eth0', CLIENT, CLIENT],
    ['an IPv6 address has the number of a proxy', '::7f00:9', CLIENT, '::7f00:9'],
    ['there is no peer', 'unknown', CLIENT, 'unknown'],
  ])('X-Forwarded-For, where %s', (_case, peer, forwardedFor, address) => {
    expect(addressOf(peer, forwardedFor === undefined ? {} : { forwardedFor })).toBe(address)
  })

  test.each([
    [`for=${CLIENT}`, CLIENT],
    [`for=192.0.2.1, for=${CLIENT};proto=https;by=10.0.0.1`, CLIENT],
    [`For="${CLIENT}:80"`, CLIENT],
    [`for=${CLIENT}:80`, CLIENT],
    [`proto=http;for="[2001:db8::7]:4711"`, '2001:db8::7'],
    [`for=192.0.2.1, for=${CLIENT}, for=10.1.2.3`, CLIENT],
    ['for=_hidden', '127.0.0.9'],
    ['for=unknown', '127.0.0.9'],
    [`for=${CLIENT}, proto=https`, '127.0.0.9'],
    // A quote that the client leaves open can't swallow what the proxy adds.
    [`for="192.0.2.1, for=${CLIENT}`, '127.0.0.9'],
    [`for="192.0.2.1, for="[2001:db8::7]"`, '127.0.0.9'],
    [`for=${CLIENT},`, CLIENT],
    ['nonsense', '127.0.0.9'],
  ])('Forwarded: %s is %s', (forwarded, address) => {
    expect(addressOf('127.0.0.9', { forwarded })).toBe(address)
  })

  test('is the proxy’s where both headers are there and differ, as one is the client’s own', () => {
    const both = (forwardedFor: string) =>
      addressOf('127.0.0.9', { forwarded: `for=${CLIENT}`, forwardedFor })
    expect(both('192.0.2.1')).toBe('127.0.0.9')
    expect(both(`192.0.2.1, ${CLIENT}`)).toBe(CLIENT)
  })

  test('is found in a header of any length in linear time', () => {
    const long = `${'10.0.0.1,'.repeat(100_000)}10.0.0.1`
    expect(addressOf('127.0.0.9', { forwardedFor: long })).toBe('10.0.0.1')
    expect(addressOf('127.0.0.9', { forwarded: `for="${'\\"'.repeat(100_000)}` })).toBe('127.0.0.9')
  })
})

describe('whom a request is forwarded for', () => {
  const problem = (peer: string, forwarded?: string, forwardedFor?: string) =>
    forwardingProblem({ peer, forwarded, forwardedFor }, TRUSTED)

  test.each([
    ['one header names it', [`for=${CLIENT}`]],
    ['the other names it', [undefined, `192.0.2.1, ${CLIENT}`]],
    ['both name it', [`for=192.0.2.9, for=${CLIENT}`, `192.0.2.1, ${CLIENT}`]],
    ['the proxy does not know it', ['for=unknown']],
    ['there is no header', []],
  ])('is clear where %s', (_case, headers) => {
    expect(problem('127.0.0.9', ...headers)).toBeNull()
  })

  test('is not clear where the headers differ or one is malformed, by which a client would pass for the proxy', () => {
    for (const forged of ['for=192.0.2.1', 'for=unknown', 'for=10.0.0.1']) {
      expect(problem('127.0.0.9', forged, CLIENT)).toMatch(/name different clients/)
    }
    for (const forged of [`for="192.0.2.1, for=${CLIENT}`, 'nonsense']) {
      expect(problem('127.0.0.9', forged)).toMatch(/malformed/)
      expect(problem('127.0.0.9', forged, CLIENT)).toMatch(/malformed/)
    }
  })

  test('is of no interest where no trusted proxy asks', () => {
    expect(problem('198.51.100.1', 'for=192.0.2.1', CLIENT)).toBeNull()
    expect(problem('unknown', 'nonsense', CLIENT)).toBeNull()
  })
})

describe('FAIRLEAD_TRUSTED_PROXIES', () => {
  test('is empty by default', () => {
    expect([parseTrustedProxies(), parseTrustedProxies('  ')]).toEqual([[], []])
  })

  test.each([
    ['proxy.example', /"proxy.example" is not a network/],
    ['10.0.0.1,', /"" is not a network/],
    ['10.0.0.0/33', /"10.0.0.0\/33" is not a network/],
    ['0.0.0.0/0', /would let every client choose its address/],
    ['10.0.0.1,::/0', /would let every client choose its address/],
  ])('%s is refused with a one-line error', (text, words) => {
    expect(() => parseTrustedProxies(text)).toThrow(words)
    expect(() => parseTrustedProxies(text)).toThrow(/^FAIRLEAD_TRUSTED_PROXIES[^\n]*$/)
  })
})

test.each([
  ['203.0.113.7', '203.0.113.7'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:db8::7', '2001:db8::/64'],
  ['2001:db8:0:1::', '2001:db8:0:1::/64'],
  ['::1', '::/64'],
  ['unknown', 'unknown'],
])('attempts from %s are counted for %s', (address, network) => {
  expect(clientNetwork(address)).toBe(network)
})

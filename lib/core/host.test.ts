import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  formatAuthority,
  hostOf,
  normaliseHost,
  parseAuthority,
  parseDnsName,
  parseRouteHost,
} from './host.ts'

describe('normalised authorities', () => {
  test.each([
    ['www.example.com', 'www.example.com'],
    ['WWW.Example.COM', 'www.example.com'],
    ['www.example.com.', 'www.example.com'],
    ['www.example.com:8080', 'www.example.com:8080'],
    ['WWW.example.com.:8080', 'www.example.com:8080'],
    ['www.example.com:0080', 'www.example.com:80'],
    ['www.example.com:', 'www.example.com'],
    ['10.0.0.1', '10.0.0.1'],
    ['10.0.0.1:65535', '10.0.0.1:65535'],
    ['[::1]', '[::1]'],
    ['[2001:DB8:0:0:0:0:0:1]:080', '[2001:db8::1]:80'],
    ['[::FFFF:10.0.0.4]', '[::ffff:a00:4]'],
    ['my_service', 'my_service'],
    ['xn--bcher-kva.example', 'xn--bcher-kva.example'],
    ['bücher.example', 'xn--bcher-kva.example'],
    ['BÜCHER.example.:81', 'xn--bcher-kva.example:81'],
    ['bücher。example', 'xn--bcher-kva.example'],
    ['x\u010d\u010a', 'xn--x-8haf'],
    ['%61dmin.example', 'admin.example'],
    ['a%2Fb', 'a%2fb'],
  ])('%j is %s', (text, canonical) => {
    const authority = parseAuthority(text)
    expect(authority && formatAuthority(authority)).toBe(canonical)
  })

  test.each([
    '',
    ' ',
    '.:x',
    'a b',
    'a\tb',
    'a/b',
    'a\\b',
    'a?b',
    'a#b',
    'user@a',
    'a,b',
    'a:0',
    'a:65536',
    'a:8o',
    'a:80:80',
    '::1',
    '[::1',
    '::1]',
    '[::1]x',
    '[fe80::1%eth0]',
    '[::g]',
    'a／b',
    'a：80',
    'a\u00a0b',
    'a\u2028b',
    'a\u0085b',
    '\ud800',
    '\u00ad',
    'x\u010d\u010aX-Injected:yes',
  ])('%j is not an authority', (text) => {
    expect(parseAuthority(text)).toBeNull()
  })
})

test.each([
  ['Shop.test.', 'shop.test'],
  ['Shop.test.:0080', 'shop.test'],
  ['[2001:DB8::0:1]:80', '[2001:db8::1]'],
  ['shop.test:99999', 'shop.test'],
  ['[BAD]:1', '[bad]'],
  ['', ''],
])('the host of a request for %j is compared as %j', (authority, host) => {
  expect(hostOf(authority)).toBe(host)
})

test.each([
  ['www.Example.com.', 'www.example.com', 'www.example.com'],
  ['bücher.example', 'xn--bcher-kva.example', 'xn--bcher-kva.example'],
  ['_sip.example.com', '_sip.example.com', '_sip.example.com'],
  ['10.0.0.1', '10.0.0.1', null],
  ['[2001:DB8::1]', '[2001:db8::1]', null],
  ['１０.0.0.1', '10.0.0.1', null],
  ['www.example.com:443', null, null],
  ['2001:db8::1', null, null],
  ['*.example.com', null, null],
  ['-a.example.com', null, null],
  ['a..example.com', null, null],
  ['', null, null],
  ['.', null, null],
  ['a b', null, null],
  [`${'a'.repeat(64)}.example.com`, null, null],
  [Array.from({ length: 64 }, () => 'abc').join('.'), null, null],
])('%j is %j to a route, and %j to TLS', (text, host, name) => {
  expect([parseRouteHost(text), parseDnsName(text)]).toEqual([host, name])
})

test('normalising is idempotent and gives visible ASCII', { timeout: 60_000 }, () => {
  const letters = fc.constantFrom(
    ...'aB.-_%6:[]/@\\ÀßİǅӒ。．／：\u010a\u010d\u00ad\u200d\ud800\u{1f600}',
  )
  const text = fc.oneof(fc.string({ unit: letters }), fc.string({ unit: 'binary' }), fc.domain())
  fc.assert(
    fc.property(text, (host) => {
      const canonical = normaliseHost(host)
      if (canonical === null) return
      expect(normaliseHost(canonical)).toBe(canonical)
      expect(canonical).toMatch(/^[\x21-\x7e]+$/)
      const name = parseDnsName(host)
      if (name !== null) expect(name).toMatch(/^[a-z0-9_.-]+$/)
    }),
    { numRuns: 500 },
  )
})

import { describe, expect, test } from 'vitest'
import { isKnownHost, knownHosts, parseAllowedHosts, parsePublicUrl } from './known-hosts.ts'

test.each([
  [undefined, null],
  ['', null],
  ['https://console.example.com', 'https://console.example.com'],
  ['https://Console.Example.com/', 'https://console.example.com'],
  ['https://console.example.com:443', 'https://console.example.com'],
  ['http://[2001:db8::1]:8080', 'http://[2001:db8::1]:8080'],
  ['https://bücher.example', 'https://xn--bcher-kva.example'],
])('the public URL %j is %j', (text, origin) => {
  expect(parsePublicUrl(text)).toBe(origin)
})

test.each([
  'console.example.com',
  'https://console.example.com/fairlead',
  'https://console.example.com/?a=b',
  'https://ada@console.example.com',
  'ftp://console.example.com',
  'https://',
])('the public URL %j is refused', (text) => {
  expect(() => parsePublicUrl(text)).toThrow(/^FAIRLEAD_PUBLIC_URL must be .* For example: https:/)
})

test('allowed hosts are names and addresses', () => {
  const text = 'LB.example.com, fairlead , 203.0.113.9,2001:DB8::0:1,'
  const hosts = ['lb.example.com', 'fairlead', '203.0.113.9', '[2001:db8::1]']
  expect(parseAllowedHosts(text)).toEqual(hosts)
  expect(parseAllowedHosts('')).toEqual([])
})

test.each(['*', '*.example.com', 'https://lb.example.com', 'lb.example.com:3000', 'a b'])(
  'the allowed host %j is refused',
  (text) => {
    expect(() => parseAllowedHosts(text)).toThrow(
      /^FAIRLEAD_ALLOWED_HOSTS: ".*" is not a host name/,
    )
  },
)

describe('a request', () => {
  const known = knownHosts('192.0.2.1', 'https://console.example.com', ['lb.internal'])
  const every = knownHosts('::', null, [])

  test.each([
    ['localhost', '127.0.0.1'],
    ['localhost:3000', '127.0.0.1'],
    ['LOCALHOST.:3000', '127.0.0.1'],
    ['192.0.2.1:3000', '127.0.0.1'],
    ['console.example.com', '127.0.0.1'],
    ['Console.Example.com:8443', '127.0.0.1'],
    ['lb.internal:3000', '127.0.0.1'],
    ['127.0.0.7:3000', '127.0.0.7'],
    ['127.0.0.7', '::ffff:127.0.0.7'],
    ['[::ffff:127.0.0.7]', '::ffff:127.0.0.7'],
    ['[2001:DB8:0::1]:3000', '2001:db8::1'],
    ['[fe80::1]', 'fe80::1%eth0'],
  ])('for the host %s that comes in at %s is for a known host', (host, local) => {
    expect(isKnownHost(known, host, local)).toBe(true)
  })

  test.each([
    ['evil.example', '127.0.0.1'],
    ['evil.example:3000', '127.0.0.1'],
    ['localhost.evil.example', '127.0.0.1'],
    ['evil-localhost', '127.0.0.1'],
    ['console.example.com.evil.example', '127.0.0.1'],
    ['console.example.com@evil.example', '127.0.0.1'],
    ['127.0.0.1.evil.example', '127.0.0.1'],
    ['198.51.100.7', '127.0.0.1'],
    ['127.0.0.2', '127.0.0.1'],
    ['0.0.0.0:3000', '127.0.0.1'],
    ['[::]:3000', '::1'],
    ['2130706433', '127.0.0.1'],
    ['0x7f.1', '127.0.0.1'],
    ['', '127.0.0.1'],
    [':3000', '127.0.0.1'],
    ['localhost, evil.example', '127.0.0.1'],
    ['localhost:99999', '127.0.0.1'],
    ['undefined', undefined],
  ])('for the host %j that comes in at %s is not', (host, local) => {
    expect(isKnownHost(known, host, local)).toBe(false)
    expect(isKnownHost(every, host, local)).toBe(false)
  })
})

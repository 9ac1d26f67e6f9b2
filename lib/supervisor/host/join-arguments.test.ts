import { expect, test } from 'vitest'
import { formatJoinToken } from '#lib/protocol/join.ts'
import { addressText, parseJoinArguments } from './join-arguments.ts'

const TOKEN = { pin: 'p'.repeat(43), secret: 's'.repeat(43) }
const TEXT = formatJoinToken(TOKEN)

test.each([
  [[`${TEXT}@10.0.0.1:3443`], { host: '10.0.0.1', port: 3443, interface: null }],
  [[`${TEXT}@cp.example.com:1`], { host: 'cp.example.com', port: 1, interface: null }],
  [[`${TEXT}@[2001:db8::1]:65535`], { host: '2001:db8::1', port: 65535, interface: null }],
  [
    ['--interface', 'eth1', `${TEXT}@10.0.0.1:3443`],
    { host: '10.0.0.1', port: 3443, interface: 'eth1' },
  ],
])('%j names a control plane', (args, expected) => {
  expect(parseJoinArguments(args)).toEqual({ token: TOKEN, ...expected })
})

test.each([
  [[], /^Copy the whole command/],
  [['one', 'two'], /^Copy the whole command/],
  [['10.0.0.1:3443'], /^This is no join token and address\. Copy the whole command/],
  [[`fl2.${TEXT.slice(4)}@10.0.0.1:3443`], /^This is no join token/],
  [[`${TEXT}@10.0.0.1`], /^"10\.0\.0\.1" is not an address with a port, as 10\.0\.0\.1:3443 is\./],
  [[`${TEXT}@10.0.0.1:0`], /^"10\.0\.0\.1:0" is not an address with a port/],
  [[`${TEXT}@10.0.0.1:65536`], /is not an address with a port/],
  [[`${TEXT}@2001:db8::1:3443`], /is not an address with a port/],
  [['--force', `${TEXT}@10.0.0.1:3443`], /^The only option is --interface NAME\./],
])('%j is refused in one line without the secret', (args, words) => {
  const parse = () => parseJoinArguments(args as string[])
  expect(parse).toThrow(words)
  expect(parse).toThrow(/^[^\n]+$/)
  expect(parse).not.toThrow(new RegExp(TOKEN.secret))
})

test('an IPv6 address has brackets in texts', () => {
  expect(addressText({ host: '::1', port: 3443 })).toBe('[::1]:3443')
  expect(addressText({ host: '10.0.0.1', port: 3443 })).toBe('10.0.0.1:3443')
})

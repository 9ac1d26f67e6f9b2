import { expect, test } from 'vitest'
import { dialedAddress } from './node-address.ts'

test.each([
  [{ host: '10.0.0.1', port: 3443 }, null, /^10\.0\.0\.1:3443$/],
  [{ host: '2001:db8::1', port: 3443 }, null, /^\[2001:db8::1\]:3443$/],
  [{ host: 'cp.example.com', port: 1 }, 'console.example.com', /^cp\.example\.com:1$/],
  [{ host: '0.0.0.0', port: 3443 }, 'console.example.com', /^console\.example\.com:3443$/],
  [{ host: '::', port: 3443 }, '[2001:db8::7]', /^\[2001:db8::7\]:3443$/],
  // This machine's own address, if it has one that others reach.
  [{ host: '0.0.0.0', port: 3443 }, null, /^\d+\.\d+\.\d+\.\d+:3443$/],
])('nodes are told to dial %j, with the public host %j', (address, publicHost, expected) => {
  expect(dialedAddress(address, publicHost)).toMatch(expected)
})

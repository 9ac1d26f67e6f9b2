import { expect, test } from 'vitest'
import { publicApiUrl } from './public-api-url.ts'

const OWN = 'http://127.0.0.1:3001'

test.each([
  ['one address', '127.0.0.1', 'localhost:3000', OWN],
  ['every address', '0.0.0.0', 'lb.example.com:3000', 'http://lb.example.com:3001'],
  ['every IPv6 address', '::', '[2001:db8::1]:3000', 'http://[2001:db8::1]:3001'],
  ['every address, with no host', '0.0.0.0', null, OWN],
  ['every address, with a host that is none', '0.0.0.0', 'a b', OWN],
])('with %s', (_case, host, visited, url) => {
  expect(publicApiUrl(OWN, host, visited)).toBe(url)
})

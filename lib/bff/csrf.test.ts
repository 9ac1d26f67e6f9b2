import { describe, expect, test } from 'vitest'
import { knownHosts } from '#lib/core/known-hosts.ts'
import { isSameOrigin } from './csrf.ts'

const host = '127.0.0.1:3000'
const origin = 'http://127.0.0.1:3000'
const PUBLIC = 'https://console.example'
const direct = knownHosts('127.0.0.1', null, [])
const proxied = knownHosts('127.0.0.1', PUBLIC, ['other.example'])

const sourceOf = (method: string, from?: string, fetchSite?: string) => ({
  method,
  origin: from,
  fetchSite,
  fetchMode: 'cors',
})

describe('isSameOrigin', () => {
  test.each(['GET', 'HEAD', 'OPTIONS'])('lets %s pass without proof', (method) => {
    const foreign = sourceOf(method, 'http://example.com', 'cross-site')
    expect(isSameOrigin(foreign, host, direct)).toBe(true)
  })

  test.each([
    ['the browser says same-origin', undefined, 'same-origin', true],
    ['both say so', origin, 'same-origin', true],
    ['the origin is the host, over http on a network', origin, undefined, true],
    ['the origin is the host, over https', 'https://127.0.0.1:3000', undefined, true],
    ['there is no proof', undefined, undefined, false],
    ['it comes from another site', 'http://example.com', 'cross-site', false],
    ['it comes from another port of the host', 'http://127.0.0.1:4000', 'same-site', false],
    ['another port, without Sec-Fetch-Site', 'http://127.0.0.1:4000', undefined, false],
    ['the origin is hidden', 'null', undefined, false],
    ['the origin is no origin', '127.0.0.1:3000', undefined, false],
    ['the person typed the address', origin, 'none', false],
    ['a proxy replaced the host, and the browser says same-origin', PUBLIC, 'same-origin', true],
    ['a proxy replaced the host, and the browser says nothing', PUBLIC, undefined, false],
  ])('a change where %s', (_, from, fetchSite, admitted) => {
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'FROB']) {
      expect(isSameOrigin(sourceOf(method, from, fetchSite), host, direct)).toBe(admitted)
    }
  })

  test.each([
    ['the public URL, and the browser says nothing', PUBLIC, undefined, true],
    ['the public URL, and the browser says same-origin', PUBLIC, 'same-origin', true],
    ['an allowed host', 'https://other.example', 'same-origin', true],
    ['the address it listens on', origin, undefined, true],
    ['an unknown host, as after DNS rebinding', 'https://evil.example', 'same-origin', false],
    ['a hidden one', 'null', 'same-origin', false],
    ['the public host over http', 'http://console.example', undefined, false],
    ['another port of the public host', 'https://console.example:8443', undefined, false],
    ['the public URL, and the browser says cross-site', PUBLIC, 'cross-site', false],
  ])('with a public URL, a change whose origin is %s', (_, from, fetchSite, admitted) => {
    expect(isSameOrigin(sourceOf('POST', from, fetchSite), host, proxied)).toBe(admitted)
  })

  test('host names are compared without case', () => {
    const source = sourceOf('POST', 'http://console.example')
    expect(isSameOrigin(source, 'Console.Example', direct)).toBe(true)
  })
})

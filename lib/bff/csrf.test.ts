import { describe, expect, test } from 'vitest'
import { isSameOrigin } from './csrf.ts'

const host = '127.0.0.1:3000'
const origin = 'http://127.0.0.1:3000'

describe('isSameOrigin', () => {
  test.each(['GET', 'HEAD', 'OPTIONS'])('lets %s pass without proof', (method) => {
    const foreign = { origin: 'http://example.com', fetchSite: 'cross-site' }
    expect(isSameOrigin({ method, host, ...foreign })).toBe(true)
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
    ['the two disagree', 'http://example.com', 'same-origin', false],
    ['the person typed the address', origin, 'none', false],
  ])('a change where %s', (_, from, fetchSite, admitted) => {
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'FROB']) {
      expect(isSameOrigin({ method, host, origin: from, fetchSite })).toBe(admitted)
    }
  })

  test('compares host names as they are compared: without case', () => {
    const proof = { host: 'Console.Example', origin: 'http://console.example' }
    expect(isSameOrigin({ method: 'POST', fetchSite: undefined, ...proof })).toBe(true)
  })
})

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  fillRedirectTarget,
  parseRedirectTarget,
  type RedirectPart,
  redirectTargetProblem,
} from './redirect-target.ts'

const PARTS = { scheme: 'http', host: 'shop.test', path: '/a/b', query: 'x=1' }

const filled = (target: string, parts: Partial<Record<RedirectPart, string>> = {}) =>
  fillRedirectTarget(parseRedirectTarget(target), { ...PARTS, ...parts })

describe('targets', () => {
  test.each([
    ['https://{{host}}{{path}}', 'https://shop.test/a/b'],
    ['https://{{host}}:8443{{path}}?{{query}}', 'https://shop.test:8443/a/b?x=1'],
    ['{{scheme}}://www.{{host}}/new{{path}}', 'http://www.shop.test/new/a/b'],
    ['https://Example.com.:0443{{path}}', 'https://example.com:443/a/b'],
    ['https://bücher.example/é?ß', 'https://xn--bcher-kva.example/%C3%A9?%C3%9F'],
    ['//cdn.example{{path}}', '//cdn.example/a/b'],
    ['https://[2001:DB8::1]{{path}}', 'https://[2001:db8::1]/a/b'],
    ['/moved', '/moved'],
    ['{{path}}?{{query}}', '/a/b?x=1'],
    ['/{{query}}/{{host}}', '/x=1/shop.test'],
    ['https://a.test?{{query}}', 'https://a.test?x=1'],
    ['https://a.test#{{query}}', 'https://a.test#x=1'],
    ['https:\\\\a.test\\x', 'https://a.test/x'],
  ])('%s leads to %s', (target, location) => {
    expect(filled(target)).toBe(location)
  })

  test.each([
    ['https://{{query}}', '{{query}}'],
    ['https://a.test{{query}}', '{{query}}'],
    ['https://a.test:{{query}}/', '{{query}}'],
    ['https://{{path}}', 'host name'],
    ['https://{{scheme}}/', 'host name'],
    ['https://user@{{host}}/', 'host name'],
    ['https:///x', 'host name'],
    ['//{{query}}', 'host name'],
    ['https://é{{host}}/', 'host name'],
    ['{{query}}', 'must be a URL'],
    ['{{host}}/x', 'must be a URL'],
    ['ftp://a.test/', 'must be a URL'],
    ['javascript:alert(1)', 'must be a URL'],
    ['/a b', 'without spaces'],
    ['/a\tb', 'without spaces'],
    ['/\u0085', 'without spaces'],
    ['/\ud800', 'without spaces'],
    ['/{{nothing}}', '{{nothing}} is not a placeholder'],
  ])('%j is refused: %s', (target, words) => {
    expect(redirectTargetProblem(target)).toContain(words)
  })
})

describe('the request can’t change the host', () => {
  test.each([
    ['/{{path}}', { path: '/evil.test' }, '/evil.test'],
    ['/{{path}}', { path: '//evil.test' }, '/evil.test'],
    ['{{path}}', { path: '/\\evil.test' }, '/evil.test'],
    ['/{{query}}', { query: '/evil.test' }, '/evil.test'],
    ['/{{query}}', { query: '\\evil.test' }, '/evil.test'],
    ['{{path}}{{query}}', { path: '/', query: '/evil.test' }, '/evil.test'],
    ['https://a.test{{path}}', { path: '/@evil.test' }, 'https://a.test/@evil.test'],
    ['https://a.test{{path}}', { path: '//evil.test' }, 'https://a.test//evil.test'],
  ])('%s with %j leads to %s', (target, parts, location) => {
    expect(filled(target, parts)).toBe(location)
  })

  const piece = fc.constantFrom(
    ...['{{path}}', '{{query}}', '{{host}}', '{{scheme}}', '/', '//', '\\', ':', '@', '?', '#'],
    ...['.', 'https://', '//a.test', 'a.test', '.evil.test', ':8443', '%2f', 'é', '[::1]', 'x'],
  )
  const target = fc.array(piece, { minLength: 1, maxLength: 6 }).map((pieces) => pieces.join(''))
  const visible = fc.string({ unit: fc.constantFrom(...'/\\@:?.%ae[]&=;{}') })
  const path = visible.map((text) => `/${text.replaceAll('?', '')}`)

  test('whatever the target, the path and the query', { timeout: 60_000 }, () => {
    fc.assert(
      fc.property(target, path, visible, (text, requested, query) => {
        if (redirectTargetProblem(text) !== null) return
        const hostFor = (parts: Partial<Record<RedirectPart, string>>) => {
          const location = filled(text, parts)
          expect(location).toMatch(/^[\x21-\x7e]*$/)
          const base = 'http://front.test/x/y'
          // A location that no browser can parse leads nowhere.
          return URL.canParse(location, base) ? new URL(location, base).host : null
        }
        const plain = hostFor({ path: '/', query: '' })
        const found = hostFor({ path: requested, query })
        if (found !== null) expect(found).toBe(plain)
      }),
      { numRuns: 2000 },
    )
  })
})

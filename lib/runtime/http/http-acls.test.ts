import { randomInt } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { MATCH_STEPS_MAX } from '#lib/core/matching-limits.ts'
import type { DesiredAcl } from '#lib/protocol/desired-config.ts'
import {
  frontendCounters,
  getRequest,
  startWithAcls,
  statusesOf,
} from '#lib/testing/runtime/acl-lb.ts'
import {
  ALLOW,
  DENY,
  header,
  pathBegin,
  pathEnd,
  pathRegex,
  testAcl,
} from '#lib/testing/runtime/rules.ts'
import { compileAcls } from '../rules/prepared-rules.ts'
import { runToEnd } from '../scheduling/slices.ts'

const from = (...sources: string[]) => ({ sources })

describe('a request', () => {
  test.each<[string, DesiredAcl[], string, number]>([
    ['without rules', [], getRequest('/'), 200],
    ['from a denied subnet', [testAcl(from('127.0.0.0/8'))], getRequest('/'), 403],
    ['from another subnet', [testAcl(from('10.0.0.0/8'))], getRequest('/'), 200],
    ['and an ACL without subnets', [testAcl(from())], getRequest('/'), 200],
    [
      'and an inverted subnet',
      [testAcl({ ...from('10.0.0.0/8'), invert: true })],
      getRequest('/'),
      403,
    ],
    ['takes the first ACL that matches', [testAcl({}, ALLOW), testAcl({})], getRequest('/'), 200],
    [
      'must match source and path',
      [testAcl({ ...from('10.0.0.0/8'), ...pathBegin('/') })],
      getRequest('/'),
      200,
    ],
    [
      'with a path prefix',
      [testAcl(pathBegin('/x', '/admin'))],
      getRequest('/administrator?a'),
      403,
    ],
    ['with another path prefix', [testAcl(pathBegin('/x', '/admin'))], getRequest('/y/admin'), 200],
    ['with the prefix in its query', [testAcl(pathBegin('/x'))], getRequest('/?/x'), 200],
    ['with a path suffix', [testAcl(pathEnd('.php'))], getRequest('/a/b.php?c'), 403],
    ['with an encoded path suffix', [testAcl(pathEnd('.php'))], getRequest('/a/b%2Ep%68p'), 403],
    ['with another path suffix', [testAcl(pathEnd('.php'))], getRequest('/a.php/b'), 200],
    ['that matches a pattern', [testAcl(pathRegex('^/v[0-9]+/'))], getRequest('/v12/x'), 403],
    [
      'that does not match a pattern',
      [testAcl(pathRegex('^/v[0-9]+/'))],
      getRequest('/x/v12/'),
      200,
    ],
    [
      'outside an inverted path',
      [testAcl({ ...pathBegin('/public'), invert: true })],
      getRequest('/x'),
      403,
    ],
    [
      'inside an inverted path',
      [testAcl({ ...pathBegin('/public'), invert: true })],
      getRequest('/public/x'),
      200,
    ],
    ['with a header', [testAcl(header('X-Debug'))], getRequest('/', 'x-debug:\r\n'), 403],
    ['without the header', [testAcl(header('X-Debug'))], getRequest('/'), 200],
    [
      'with a header value',
      [testAcl(header('X-Role', 'a', 'b'))],
      getRequest('/', 'x-role: b\r\n'),
      403,
    ],
    [
      'with a header value in another case',
      [testAcl(header('X-Role', 'b'))],
      getRequest('/', 'x-role: B\r\n'),
      200,
    ],
    [
      'with a longer header value',
      [testAcl(header('X-Role', 'b'))],
      getRequest('/', 'X-Role: bb\r\n'),
      200,
    ],
    [
      'with the second of two header values',
      [testAcl(header('X-Role', 'b'))],
      getRequest('/', 'X-Role: a\r\nx-role: b\r\n'),
      403,
    ],
    [
      'with a member of a header list',
      [testAcl(header('X-Role', 'b'))],
      getRequest('/', 'X-Role: a ,b\r\n'),
      403,
    ],
    [
      'with a header value that contains a comma',
      [testAcl(header('X', 'a, b'))],
      getRequest('/', 'X: a, b\r\n'),
      403,
    ],
    [
      'with a header value beyond ASCII',
      [testAcl(header('X', 'é'))],
      getRequest('/', 'X: \xc3\xa9\r\n'),
      403,
    ],
    ['with a host', [testAcl(header('Host', 'shop.test'))], getRequest('/'), 403],
    [
      'with a host and a port',
      [testAcl(header('host', 'shop.test'))],
      getRequest('/', '', 'SHOP.test.:81'),
      403,
    ],
    [
      'with a host and the port',
      [testAcl(header('host', 'shop.test:81'))],
      getRequest('/', '', 'Shop.test:81'),
      403,
    ],
    [
      'without the port',
      [testAcl(header('host', 'shop.test:81'))],
      getRequest('/', '', 'shop.test'),
      200,
    ],
    ...(
      [
        ['Shop.Test.', 'shop.test'],
        ['shop.test', 'SHOP.TEST.:0080'],
        ['shop.test', 'sh%6Fp.test'],
        ['shop.test:80', 'shop.test:00080'],
        ['shop.test.:080', 'Shop.test:80'],
        ['[2001:DB8::0:1]', '[2001:db8:0::1]:81'],
        ['[2001:DB8::0:1]:081', '[2001:db8:0::1]:81'],
        ['bücher.example', 'xn--bcher-kva.example:8080'],
        ['BÜCHER.example:80', 'XN--BCHER-KVA.example:80'],
      ] as const
    ).map(([value, host]): [string, DesiredAcl[], string, number] => [
      `with the host ${value}, requested as ${host},`,
      [testAcl(header('Host', value))],
      getRequest('/', '', host),
      403,
    ]),
    ['and an ACL with invalid hosts', [testAcl(header('Host', 'a b', '*'))], getRequest('/'), 200],
    [
      'and a header value with surrounding spaces',
      [testAcl(header('X', ' a '))],
      getRequest('/', 'X: a\r\n'),
      403,
    ],
    [
      'with a host in its target',
      [testAcl(header('Host', 'shop.test'))],
      getRequest('http://shop.test/', '', 'other.test'),
      403,
    ],
    [
      'with another host in its target',
      [testAcl(header('Host', 'shop.test'))],
      getRequest('http://other.test/'),
      200,
    ],
  ])('%s', async (_, acls, request, status) => {
    const { send } = await startWithAcls(acls)
    expect(statusesOf(await send(request))).toEqual([status])
  })

  test.each([
    '/admin',
    '/admin?x',
    '/%61dmin',
    '/%2561dmin',
    '//admin',
    '/./admin',
    '/x/../admin',
    '/x/%2e%2e/admin',
    '/x%2f..%2Fadmin',
    '/%2Fadmin',
    '/\\admin',
    '/x/..;/admin',
    'http://shop.test/admin',
    'http://shop.test//x/../admin',
    'HTTP://shop.test/%61dmin',
  ])('does not bypass a denied path as %s', async (target) => {
    const { send, targets } = await startWithAcls([testAcl(pathBegin('/admin'))])
    const expected = target.startsWith('/%25') ? [200] : [403]
    expect(statusesOf(await send(getRequest(target)))).toEqual(expected)
    // `%2561` decodes to `%61`: another path, except for servers that decode twice.
    expect(targets).toEqual(expected[0] === 200 ? [target] : [])
  })

  test('that is allowed is forwarded unchanged, but with resolved dot segments', async () => {
    const { send, targets } = await startWithAcls([
      testAcl({ ...pathBegin('/public'), invert: true }),
    ])
    for (const target of [
      '/public//a%2Fb?c=/../d',
      '/x/../public/%61?q',
      '/public/../admin',
      '/public%2f..%2fadmin',
      '/public/%00',
    ]) {
      await send(getRequest(target))
    }
    expect(targets).toEqual(['/public//a%2Fb?c=/../d', '/public/%61?q'])
  })

  test('is forwarded unchanged if no rule matches paths', async () => {
    const { send, targets } = await startWithAcls([testAcl(from('10.0.0.0/8'))])
    await send(getRequest('/x/../y/%00'))
    expect(targets).toEqual(['/x/../y/%00'])
  })

  test('with OPTIONS * has no path', async () => {
    const { send, targets } = await startWithAcls([testAcl(pathBegin('/'))])
    const options = 'OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n'
    expect(statusesOf(await send(options))).toEqual([200])
    expect(statusesOf(await send('CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n'))).toEqual([405])
    expect(targets).toEqual(['*'])
  })
})

describe('matching beyond the step budget', () => {
  const heavy = Array.from({ length: 3 }, (_, at) =>
    testAcl(pathRegex(...Array.from({ length: 60 }, (_, k) => `a.{100}b.{80}c${at}x${k}`)), ALLOW),
  )
  const nearly = () => `/${Array.from({ length: 8000 }, () => 'ab'[randomInt(2)]).join('')}`

  test('is denied, counted and reported, and the connection stays open', async () => {
    const started = await startWithAcls(heavy)
    const { send, targets, lb } = started
    expect(
      statusesOf(await send(getRequest('/a') + getRequest(nearly()) + getRequest('/b'))),
    ).toEqual([200, 403, 200])
    expect(targets).toEqual(['/a', '/b'])
    expect(frontendCounters(started)).toMatchObject({ match_limit_denied: 1, requests_denied: 0 })
    const { costly_frontends: costly } = lb.report()
    expect(costly).toEqual([{ frontend_id: lb.config.frontends[0]?.id, steps: expect.any(Number) }])
    expect(costly?.[0]?.steps).toBeGreaterThan(MATCH_STEPS_MAX)
  })

  test('does not happen within the limits', async () => {
    const patterns = Array.from({ length: 100 }, (_, k) => `a.{100}b.{80}c${k}`)
    const started = await startWithAcls([testAcl(pathRegex(...patterns))])
    expect(statusesOf(await started.send(getRequest(nearly())))).toEqual([200])
    expect(statusesOf(await started.send(getRequest(`${nearly()}${nearly()}`)))).toEqual([414])
    expect(started.lb.report().costly_frontends).toEqual([])
  })
})

test.each<[string, Partial<DesiredAcl['match']>, DesiredAcl['action']]>([
  ['pattern', { ...pathRegex('('), invert: true }, ALLOW],
  [
    'target',
    {},
    { type: 'redirect', code: 302, to: { type: 'location', target: 'https://{{query}}' } },
  ],
  ['scheme', {}, { type: 'redirect', code: 302, to: { type: 'scheme', scheme: 'a:\r\nX: ' } }],
])('an ACL with an invalid %s denies, and is reported as a problem', (_, match, action) => {
  const [acl] = runToEnd(compileAcls([testAcl(match, action)], new Map())).acls
  expect(acl?.action).toEqual(DENY)
  expect(acl?.problem).toMatch(/^ACL ".*" can't be applied and denies instead: [A-Z].*[.}]$/)
})

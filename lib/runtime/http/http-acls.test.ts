import { randomInt } from 'node:crypto'
import { request as httpRequest } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { describe, expect, test } from 'vitest'
import { MATCH_STEPS_MAX } from '#lib/core/matching-limits.ts'
import type { DesiredAcl } from '#lib/protocol/desired-config.ts'
import { tell } from '#lib/testing/runtime/raw-client.ts'
import {
  ALLOW,
  DENY,
  header,
  pathBegin,
  pathEnd,
  pathRegex,
  setRules,
  testAcl,
} from '#lib/testing/runtime/rules.ts'
import { type RunningLb, TEST_ADDRESS, until } from '#lib/testing/runtime/running-lb.ts'
import { httpServer, startLb, tcpClient } from '#lib/testing/runtime/sockets.ts'
import { compileAcls } from '../rules/acl.ts'
import { runToEnd } from '../scheduling/slices.ts'

/** A load balancer with these ACLs, and what its server was asked for. */
async function start(acls: DesiredAcl[]) {
  const targets: string[] = []
  const bodies: string[] = []
  const { port: server } = await httpServer(async (request, response) => {
    targets.push(request.url ?? '')
    bodies.push((await buffer(request)).toString())
    response.end('served')
  })
  const running = startLb(server, {}, { acls })
  const place = { host: TEST_ADDRESS, port: running.port }
  /** Sends all of it at once, with the end, and answers the statuses. */
  const ask = async (text: string) => (await tell(place, text, Number.POSITIVE_INFINITY, true)).text
  return { ...running, targets, bodies, ask }
}

const get = (target: string, fields = '', host = 'shop.test') =>
  `GET ${target} HTTP/1.1\r\nHost: ${host}\r\n${fields}\r\n`
const statuses = (text: string) =>
  [...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status))
const countersOf = ({ lb }: Pick<RunningLb, 'lb'>) =>
  Object.values(lb.report().frontend_counters)[0] ?? null
const from = (...sources: string[]) => ({ sources })

describe('who is let in', () => {
  test.each<[string, DesiredAcl[], string, number]>([
    ['no rule', [], get('/'), 200],
    ['a subnet', [testAcl(from('127.0.0.0/8'))], get('/'), 403],
    ['another subnet', [testAcl(from('10.0.0.0/8'))], get('/'), 200],
    ['no subnet', [testAcl(from())], get('/'), 200],
    ['all but a subnet', [testAcl({ ...from('10.0.0.0/8'), invert: true })], get('/'), 403],
    ['the first that matches', [testAcl({}, ALLOW), testAcl({})], get('/'), 200],
    ['both have to', [testAcl({ ...from('10.0.0.0/8'), ...pathBegin('/') })], get('/'), 200],
    ['a beginning', [testAcl(pathBegin('/x', '/admin'))], get('/administrator?a'), 403],
    ['another beginning', [testAcl(pathBegin('/x', '/admin'))], get('/y/admin'), 200],
    ['the query is no path', [testAcl(pathBegin('/x'))], get('/?/x'), 200],
    ['an end', [testAcl(pathEnd('.php'))], get('/a/b.php?c'), 403],
    ['an end, encoded', [testAcl(pathEnd('.php'))], get('/a/b%2Ep%68p'), 403],
    ['another end', [testAcl(pathEnd('.php'))], get('/a.php/b'), 200],
    ['a pattern', [testAcl(pathRegex('^/v[0-9]+/'))], get('/v12/x'), 403],
    ['another pattern', [testAcl(pathRegex('^/v[0-9]+/'))], get('/x/v12/'), 200],
    ['all but a path', [testAcl({ ...pathBegin('/public'), invert: true })], get('/x'), 403],
    ['that path', [testAcl({ ...pathBegin('/public'), invert: true })], get('/public/x'), 200],
    ['a header that is there', [testAcl(header('X-Debug'))], get('/', 'x-debug:\r\n'), 403],
    ['one that is not', [testAcl(header('X-Debug'))], get('/'), 200],
    ['a value', [testAcl(header('X-Role', 'a', 'b'))], get('/', 'x-role: b\r\n'), 403],
    ['in another case', [testAcl(header('X-Role', 'b'))], get('/', 'x-role: B\r\n'), 200],
    ['part of a value', [testAcl(header('X-Role', 'b'))], get('/', 'X-Role: bb\r\n'), 200],
    [
      'the second of two',
      [testAcl(header('X-Role', 'b'))],
      get('/', 'X-Role: a\r\nx-role: b\r\n'),
      403,
    ],
    ['one of a list', [testAcl(header('X-Role', 'b'))], get('/', 'X-Role: a ,b\r\n'), 403],
    ['a value with a comma', [testAcl(header('X', 'a, b'))], get('/', 'X: a, b\r\n'), 403],
    ['beyond ASCII', [testAcl(header('X', 'é'))], get('/', 'X: \xc3\xa9\r\n'), 403],
    ['a host', [testAcl(header('Host', 'shop.test'))], get('/'), 403],
    [
      'a host with a port',
      [testAcl(header('host', 'shop.test'))],
      get('/', '', 'SHOP.test.:81'),
      403,
    ],
    ['that port', [testAcl(header('host', 'shop.test:81'))], get('/', '', 'Shop.test:81'), 403],
    ['another port', [testAcl(header('host', 'shop.test:81'))], get('/', '', 'shop.test'), 200],
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
      `the host ${value}, asked for as ${host},`,
      [testAcl(header('Host', value))],
      get('/', '', host),
      403,
    ]),
    ['no host at all', [testAcl(header('Host', 'a b', '*'))], get('/'), 200],
    ['a value with space around it', [testAcl(header('X', ' a '))], get('/', 'X: a\r\n'), 403],
    [
      'a host in the target',
      [testAcl(header('Host', 'shop.test'))],
      get('http://shop.test/', '', 'other.test'),
      403,
    ],
    [
      'a Host that the target takes the place of',
      [testAcl(header('Host', 'shop.test'))],
      get('http://other.test/'),
      200,
    ],
  ])('%s', async (_, acls, request, status) => {
    const { ask } = await start(acls)
    expect(statuses(await ask(request))).toEqual([status])
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
  ])('a denied path is not got past by %s', async (target) => {
    const { ask, targets } = await start([testAcl(pathBegin('/admin'))])
    const expected = target.startsWith('/%25') ? [200] : [403]
    expect(statuses(await ask(get(target)))).toEqual(expected)
    // What is decoded twice is another path: a server that does so has that problem by itself.
    expect(targets).toEqual(expected[0] === 200 ? [target] : [])
  })

  test('what is let in goes on as it came, and with dot segments as it was seen', async () => {
    const { ask, targets } = await start([testAcl({ ...pathBegin('/public'), invert: true })])
    for (const target of [
      '/public//a%2Fb?c=/../d',
      '/x/../public/%61?q',
      '/public/../admin',
      '/public%2f..%2fadmin',
      '/public/%00',
    ]) {
      await ask(get(target))
    }
    expect(targets).toEqual(['/public//a%2Fb?c=/../d', '/public/%61?q'])
  })

  test('where no rule looks at paths, all of them go on as they came', async () => {
    const { ask, targets } = await start([testAcl(from('10.0.0.0/8'))])
    await ask(get('/x/../y/%00'))
    expect(targets).toEqual(['/x/../y/%00'])
  })

  test('OPTIONS of the whole server has no path', async () => {
    const { ask, targets } = await start([testAcl(pathBegin('/'))])
    const options = 'OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n'
    expect(statuses(await ask(options))).toEqual([200])
    expect(statuses(await ask('CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n'))).toEqual([405])
    expect(targets).toEqual(['*'])
  })
})

describe('an answer', () => {
  test('of a denial is short, with the request’s id, and the connection goes on', async () => {
    const started = await start([testAcl(pathBegin('/no'))])
    const head = 'HEAD /no HTTP/1.1\r\nHost: a\r\n\r\n'
    const text = await started.ask(
      get('/no') + head + get('/') + get('/no', 'Connection: close\r\n'),
    )
    expect(statuses(text)).toEqual([403, 403, 200, 403])
    expect(text).toMatch(
      /^HTTP\/1\.1 403 Forbidden\r\n(?:.+\r\n)+\r\n403 Forbidden\nAccess is denied\.\nRequest [0-9a-f]{16}-/,
    )
    expect(text.match(/Connection: close/g)).toHaveLength(1)
    const counters = countersOf(started)
    expect(counters).toMatchObject({ requests_total: 4, requests_denied: 3, proxy_errors: 0 })
    expect(counters).toMatchObject({ responses: [0, 1, 0, 3, 0], bytes_out: text.length })
  })

  test('a body that has come is passed over, and the connection goes on', async () => {
    const { ask, bodies } = await start([testAcl(pathBegin('/no'))])
    const text = await ask(
      `POST /no HTTP/1.1\r\nHost: a\r\nContent-Length: 18\r\n\r\nGET /x HTTP/1.1\r\n\n${'POST /no HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n'}POST /yes HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\ndef`,
    )
    expect(statuses(text)).toEqual([403, 403, 200])
    expect(bodies).toEqual(['def'])
  })

  test('a body that has not come ends the connection, and is never a request', async () => {
    const { port, targets } = await start([testAcl(pathBegin('/no'))])
    const socket = await tcpClient(port)
    socket.write('POST /no HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n')
    let text = ''
    socket.on('data', (data) => {
      text += data
    })
    await until(() => text.includes('403 Forbidden\n'))
    socket.write(get('/smuggled'))
    socket.end()
    await until(() => socket.closed)
    expect(statuses(text)).toEqual([403])
    expect(text).toContain('Connection: close')
    expect(targets).toEqual([])
  })

  test('chunks that break the rules end the connection, too', async () => {
    const { ask, targets } = await start([testAcl(pathBegin('/no'))])
    const post = 'POST /no HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n'
    expect(statuses(await ask(post + get('/smuggled')))).toEqual([403])
    expect(targets).toEqual([])
  })

  const redirect = (code: 301 | 302 | 303 | 307 | 308, target: string): DesiredAcl['action'] => ({
    type: 'redirect',
    code,
    to: { type: 'location', target },
  })
  const toHttps: DesiredAcl['action'] = {
    type: 'redirect',
    code: 302,
    to: { type: 'scheme', scheme: 'https' },
  }

  test.each<[DesiredAcl['action'], string, string]>([
    [redirect(307, 'https://example.com/x'), get('/a?b'), '307 https://example.com/x'],
    [redirect(301, '/moved'), get('/a'), '301 /moved'],
    [
      redirect(308, 'https://x/é y\r\nEvil: 1'),
      get('/'),
      '308 https://x/%C3%A9%20y%0D%0AEvil:%201',
    ],
    [
      redirect(303, 'https://w.{{host}}{{path}}?q={{query}}'),
      get('/a?b=c', '', 'x.test:81'),
      '303 https://w.x.test/a?q=b=c',
    ],
    [
      redirect(302, '{{scheme}}://{{host}}/{{nothing}}'),
      get('/'),
      '302 http://shop.test/{{nothing}}',
    ],
    [redirect(302, '/{{query}}'), get('/?/evil.test'), '302 /evil.test'],
    [redirect(302, '{{path}}{{query}}'), get('/?/evil.test'), '302 /evil.test'],
    [redirect(302, 'https://x{{path}}'), 'OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n', '302 https://x/'],
    [toHttps, get('http://a.test//evil.test/'), '302 https://a.test//evil.test/'],
    [redirect(302, '{{path}}'), get('//evil.test/'), '302 /evil.test/'],
    [redirect(302, '{{path}}'), get('/\\evil.test/'), '302 /evil.test/'],
    [toHttps, get('/a/b?c=d', '', 'shop.test:8080'), '302 https://shop.test/a/b?c=d'],
    [toHttps, get('http://Other.test:81/a'), '302 https://Other.test/a'],
    [toHttps, get('/', '', '[2001:db8::1]:80'), '302 https://[2001:db8::1]/'],
    [toHttps, 'GET /a HTTP/1.0\r\n\r\n', `302 https://${TEST_ADDRESS}/a`],
    [toHttps, get('/%0d%0aEvil:1'), '302 https://shop.test/%0d%0aEvil:1'],
  ])('%j: %j is sent to %s', async (action, request, expected) => {
    const started = await start([testAcl({}, action)])
    const text = await started.ask(request)
    const location = /\r\nLocation: (.*)\r\n/.exec(text)?.[1]
    expect(`${statuses(text)[0]} ${location}`).toBe(expected)
    expect(text).not.toMatch(/\r\nEvil/)
    expect(countersOf(started)).toMatchObject({ requests_redirected: 1, requests_denied: 0 })
  })

  test('a host that is none redirects nowhere', async () => {
    const { ask } = await start([testAcl({}, toHttps)])
    expect(statuses(await ask(get('/', '', 'evil test')))).toEqual([400])
    expect(statuses(await ask(get('/', '', 'u@evil.test')))).toEqual([400])
  })
})

test('a kept connection obeys new rules with its next request, and what is in progress ends well', async () => {
  const { port: server } = await httpServer((request, response) => {
    if (request.url !== '/slow') response.end('fast')
    else {
      response.write('begun ')
      setTimeout(() => response.end('done'), 100)
    }
  })
  const running = startLb(server)
  const socket = await tcpClient(running.port)
  let text = ''
  socket.on('data', (data) => {
    text += data
  })
  socket.write(get('/'))
  await until(() => text.endsWith('fast'))
  socket.write(get('/slow'))
  await until(() => text.includes('begun'))
  setRules(running, { acls: [testAcl({})] })
  await until(() => text.includes('done'))
  socket.write(get('/'))
  await until(() => text.includes('403 Forbidden\n'))
  setRules(running, {})
  socket.write(get('/'))
  await until(() => text.endsWith('fast'))
  expect(statuses(text)).toEqual([200, 200, 403, 200])
  expect(running.lb.report().counters.connections_total).toBe(1)
})

test('an upgrade is denied like any other request', async () => {
  const { port } = await start([testAcl(pathBegin('/ws'))])
  const upgrade = { Connection: 'Upgrade', Upgrade: 'websocket' }
  const status = await new Promise((resolve, reject) => {
    httpRequest({ host: TEST_ADDRESS, port, path: '/ws', headers: upgrade, agent: false })
      .on('response', (response) => resolve(response.resume().statusCode))
      .on('error', reject)
      .end()
  })
  expect(status).toBe(403)
})

describe('matching beyond the step budget', () => {
  const heavy = Array.from({ length: 3 }, (_, at) =>
    testAcl(pathRegex(...Array.from({ length: 60 }, (_, k) => `a.{100}b.{80}c${at}x${k}`)), ALLOW),
  )
  const nearly = () => `/${Array.from({ length: 8000 }, () => 'ab'[randomInt(2)]).join('')}`

  test('is denied, counted and logged, and the connection stays open', async () => {
    const started = await start(heavy)
    const { ask, targets, lb } = started
    expect(statuses(await ask(get('/a') + get(nearly()) + get('/b')))).toEqual([200, 403, 200])
    expect(targets).toEqual(['/a', '/b'])
    expect(countersOf(started)).toMatchObject({ match_limit_denied: 1, requests_denied: 0 })
    const { costly_frontends: costly } = lb.report()
    expect(costly).toEqual([{ frontend_id: lb.config.frontends[0]?.id, steps: expect.any(Number) }])
    expect(costly?.[0]?.steps).toBeGreaterThan(MATCH_STEPS_MAX)
  })

  test('can’t happen within the limits', async () => {
    const patterns = Array.from({ length: 100 }, (_, k) => `a.{100}b.{80}c${k}`)
    const started = await start([testAcl(pathRegex(...patterns))])
    expect(statuses(await started.ask(get(nearly())))).toEqual([200])
    expect(statuses(await started.ask(get(`${nearly()}${nearly()}`)))).toEqual([414])
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
])('an ACL with an invalid %s denies, and is a problem', (_, match, action) => {
  const [acl] = runToEnd(compileAcls([testAcl(match, action)], new Map())).acls
  expect(acl?.action).toEqual(DENY)
  expect(acl?.problem).toMatch(/^ACL ".*" can't be applied and denies instead: [A-Z].*[.}]$/)
})

import { request as httpRequest } from 'node:http'
import { describe, expect, test } from 'vitest'
import type { DesiredAcl } from '#lib/protocol/desired-config.ts'
import {
  frontendCounters,
  getRequest,
  startWithAcls,
  statusesOf,
} from '#lib/testing/runtime/acl-lb.ts'
import { pathBegin, setRules, testAcl } from '#lib/testing/runtime/rules.ts'
import { TEST_ADDRESS, until } from '#lib/testing/runtime/running-lb.ts'
import { httpServer, startLb, tcpClient } from '#lib/testing/runtime/sockets.ts'

describe('the response', () => {
  test('to a denied request is short, with the request ID, and the connection stays open', async () => {
    const started = await startWithAcls([testAcl(pathBegin('/no'))])
    const head = 'HEAD /no HTTP/1.1\r\nHost: a\r\n\r\n'
    const text = await started.send(
      getRequest('/no') + head + getRequest('/') + getRequest('/no', 'Connection: close\r\n'),
    )
    expect(statusesOf(text)).toEqual([403, 403, 200, 403])
    expect(text).toMatch(
      /^HTTP\/1\.1 403 Forbidden\r\n(?:.+\r\n)+\r\n403 Forbidden\nAccess is denied\.\nRequest [0-9a-f]{16}-/,
    )
    expect(text.match(/Connection: close/g)).toHaveLength(1)
    const counters = frontendCounters(started)
    expect(counters).toMatchObject({ requests_total: 4, requests_denied: 3, proxy_errors: 0 })
    expect(counters).toMatchObject({ responses: [0, 1, 0, 3, 0], bytes_out: text.length })
  })

  test('to a complete request skips its body, and the connection stays open', async () => {
    const { send, bodies } = await startWithAcls([testAcl(pathBegin('/no'))])
    const text = await send(
      `POST /no HTTP/1.1\r\nHost: a\r\nContent-Length: 18\r\n\r\nGET /x HTTP/1.1\r\n\n${'POST /no HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n'}POST /yes HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\ndef`,
    )
    expect(statusesOf(text)).toEqual([403, 403, 200])
    expect(bodies).toEqual(['def'])
  })

  test('to an incomplete request closes the connection, and its body is not taken for a request', async () => {
    const { port, targets } = await startWithAcls([testAcl(pathBegin('/no'))])
    const socket = await tcpClient(port)
    socket.write('POST /no HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n')
    let text = ''
    socket.on('data', (data) => {
      text += data
    })
    await until(() => text.includes('403 Forbidden\n'))
    socket.write(getRequest('/smuggled'))
    socket.end()
    await until(() => socket.closed)
    expect(statusesOf(text)).toEqual([403])
    expect(text).toContain('Connection: close')
    expect(targets).toEqual([])
  })

  test('to malformed chunks closes the connection', async () => {
    const { send, targets } = await startWithAcls([testAcl(pathBegin('/no'))])
    const post = 'POST /no HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n'
    expect(statusesOf(await send(post + getRequest('/smuggled')))).toEqual([403])
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
    [redirect(307, 'https://example.com/x'), getRequest('/a?b'), '307 https://example.com/x'],
    [redirect(301, '/moved'), getRequest('/a'), '301 /moved'],
    [
      redirect(308, 'https://x/é y\r\nEvil: 1'),
      getRequest('/'),
      '308 https://x/%C3%A9%20y%0D%0AEvil:%201',
    ],
    [
      redirect(303, 'https://w.{{host}}{{path}}?q={{query}}'),
      getRequest('/a?b=c', '', 'x.test:81'),
      '303 https://w.x.test/a?q=b=c',
    ],
    [
      redirect(302, '{{scheme}}://{{host}}/{{nothing}}'),
      getRequest('/'),
      '302 http://shop.test/{{nothing}}',
    ],
    [redirect(302, '/{{query}}'), getRequest('/?/evil.test'), '302 /evil.test'],
    [redirect(302, '{{path}}{{query}}'), getRequest('/?/evil.test'), '302 /evil.test'],
    [redirect(302, 'https://x{{path}}'), 'OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n', '302 https://x/'],
    [toHttps, getRequest('http://a.test//evil.test/'), '302 https://a.test//evil.test/'],
    [redirect(302, '{{path}}'), getRequest('//evil.test/'), '302 /evil.test/'],
    [redirect(302, '{{path}}'), getRequest('/\\evil.test/'), '302 /evil.test/'],
    [toHttps, getRequest('/a/b?c=d', '', 'shop.test:8080'), '302 https://shop.test/a/b?c=d'],
    [toHttps, getRequest('http://Other.test:81/a'), '302 https://Other.test/a'],
    [toHttps, getRequest('/', '', '[2001:db8::1]:80'), '302 https://[2001:db8::1]/'],
    [toHttps, 'GET /a HTTP/1.0\r\n\r\n', `302 https://${TEST_ADDRESS}/a`],
    [toHttps, getRequest('/%0d%0aEvil:1'), '302 https://shop.test/%0d%0aEvil:1'],
  ])('of %j to %j redirects: %s', async (action, request, expected) => {
    const started = await startWithAcls([testAcl({}, action)])
    const text = await started.send(request)
    const location = /\r\nLocation: (.*)\r\n/.exec(text)?.[1]
    expect(`${statusesOf(text)[0]} ${location}`).toBe(expected)
    expect(text).not.toMatch(/\r\nEvil/)
    expect(frontendCounters(started)).toMatchObject({ requests_redirected: 1, requests_denied: 0 })
  })

  test('to an invalid host is no redirect', async () => {
    const { send } = await startWithAcls([testAcl({}, toHttps)])
    expect(statusesOf(await send(getRequest('/', '', 'evil test')))).toEqual([400])
    expect(statusesOf(await send(getRequest('/', '', 'u@evil.test')))).toEqual([400])
  })
})

test('new rules apply to the next request of a kept-alive connection, and a request in progress completes', async () => {
  const { port: server } = await httpServer((request, response) => {
    if (request.url !== '/slow') response.end('fast')
    else {
      response.write('started ')
      setTimeout(() => response.end('done'), 100)
    }
  })
  const running = startLb(server)
  const socket = await tcpClient(running.port)
  let text = ''
  socket.on('data', (data) => {
    text += data
  })
  socket.write(getRequest('/'))
  await until(() => text.endsWith('fast'))
  socket.write(getRequest('/slow'))
  await until(() => text.includes('started'))
  setRules(running, { acls: [testAcl({})] })
  await until(() => text.includes('done'))
  socket.write(getRequest('/'))
  await until(() => text.includes('403 Forbidden\n'))
  setRules(running, {})
  socket.write(getRequest('/'))
  await until(() => text.endsWith('fast'))
  expect(statusesOf(text)).toEqual([200, 200, 403, 200])
  expect(running.lb.report().counters.connections_total).toBe(1)
})

test('an upgrade is denied like any other request', async () => {
  const { port } = await startWithAcls([testAcl(pathBegin('/ws'))])
  const upgrade = { Connection: 'Upgrade', Upgrade: 'websocket' }
  const status = await new Promise((resolve, reject) => {
    httpRequest({ host: TEST_ADDRESS, port, path: '/ws', headers: upgrade, agent: false })
      .on('response', (response) => resolve(response.resume().statusCode))
      .on('error', reject)
      .end()
  })
  expect(status).toBe(403)
})

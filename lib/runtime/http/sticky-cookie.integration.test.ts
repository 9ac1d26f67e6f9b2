import { afterAll, beforeAll, expect, test } from 'vitest'
import { ownAddresses } from '#lib/testing/loopback.ts'
import { describeWith } from '#lib/testing/programs/describe-with.ts'
import { startHaproxyWith } from '#lib/testing/programs/haproxy.ts'
import {
  lastRequest,
  readHeadAfter,
  sendBytes,
  statusOf,
  type Target,
  valuesOf,
} from '#lib/testing/runtime/raw-requests.ts'
import { listenRaw, type RawServer } from '#lib/testing/runtime/raw-server.ts'
import {
  type RunningLb,
  runLb,
  TEST_ADDRESS,
  testBackend,
  until,
} from '#lib/testing/runtime/running-lb.ts'
import { Server } from '../server.ts'

// Compares stickiness by cookie with HAProxy's `cookie SRV insert indirect nocache`.

const PORT = 8080
const SERVER_PORT = 8080
const [FIRST = '', SECOND = '', DOWN = ''] = ownAddresses(3)

/**
 * Responds with the status and fields that the request specifies, the server's name, and the cookies that it received. The fields are
 * hex-encoded, so that proxies don't read them.
 */
function respond(name: string, head: string): string {
  const requested = /\r\nx-want: (\w*)\r\n/i.exec(head)?.[1] ?? ''
  const [status = '200', ...fields] = Buffer.from(requested, 'hex').toString('latin1').split('\n')
  const cookies = [...head.matchAll(/\r\ncookie: (.*)/gi)].map(([, value]) => value).join('; ')
  const lines = [`HTTP/1.1 ${status || 200} X`, `X-Name: ${name}`, `X-Cookies: ${cookies}`]
  const empty = ['101', '204', '304'].includes(status)
  const body = empty || head.startsWith('HEAD') ? '' : 'ok'
  const length = empty ? [] : ['Content-Length: 2']
  return `${[...lines, ...length, ...fields].join('\r\n')}\r\n\r\n${body}`
}

const wanted = (status: string, ...fields: string[]) =>
  `X-Want: ${Buffer.from([status, ...fields].join('\n'), 'latin1').toString('hex')}\r\n`

const servers: RawServer[] = []
let running: RunningLb

beforeAll(async () => {
  for (const [name, address] of [
    ['first', FIRST],
    ['second', SECOND],
  ] as const) {
    const target = { address, port: SERVER_PORT }
    servers.push(await listenRaw(target, (head) => respond(name, head)))
  }
  const backend = testBackend(SERVER_PORT, {
    servers: [FIRST, SECOND, DOWN],
    sticky: { type: 'cookie', name: 'SRV', nocache: true },
  })
  running = runLb({
    ...backend,
    health_check: { ...backend.health_check, retries: 1, delay: 50 },
  })
})
afterAll(() => {
  running.lb.retire()
  for (const server of servers) server.close()
})

const serverOf = (response: string) => valuesOf(response, 'x-name')[0]
const cookieIn = (response: string) =>
  valuesOf(response, 'set-cookie')
    .find((value) => value.startsWith('SRV='))
    ?.split(';', 1)[0]

describeWith(
  ['haproxy'],
  'HAProxy',
  (address) => {
    const sections = `
listen web
  bind ${address}:${PORT}
  cookie SRV insert indirect nocache
  server first ${FIRST}:${SERVER_PORT} cookie c-first
  server second ${SECOND}:${SERVER_PORT} cookie c-second
  server down ${DOWN}:${SERVER_PORT} cookie c-down check inter 50 fall 1`
    return startHaproxyWith({ address, port: PORT }, sections)
  },
  (haproxy) => {
    const theirs = (): Target => ({ host: haproxy().address, port: PORT })
    const ours = (): Target => ({ host: TEST_ADDRESS, port: running.port })
    const get = (target: Target, fields = '', method = 'GET') =>
      sendBytes(target, lastRequest(method, '/', fields))

    /** The sticky cookie of each server, "SRV=…". */
    async function cookiesOf(target: Target): Promise<Record<string, string>> {
      const cookies: Record<string, string> = {}
      while (!cookies.first || !cookies.second) {
        const response = await get(target)
        cookies[serverOf(response) ?? ''] = cookieIn(response) ?? ''
      }
      return cookies
    }

    /** The cookie value of the server that is down, by the proxy's address. */
    const down = new Map<string, string>()
    beforeAll(async () => {
      const backendId = running.lb.config.backends[0]?.id ?? ''
      down.set(TEST_ADDRESS, new Server(backendId, DOWN, SERVER_PORT).opaqueId)
      down.set(haproxy().address, 'c-down')
      await until(() => running.lb.report().servers.some(({ state }) => state === 'down'))
      await until(async () => {
        const response = await get(theirs(), 'Cookie: SRV=c-down\r\n')
        return statusOf(response) === '200'
      })
    })

    const values = [
      'FIRST',
      'SECOND',
      'DOWN',
      'SRV=nobody',
      'SRV=',
      'SRV',
      'a=1',
      'srv=x',
      'SRVX=FIRST',
    ]
    const twoOf = (separator: string) =>
      values.flatMap((one) => values.map((other) => `Cookie: ${one}${separator}${other}\r\n`))

    test.each([
      ['one cookie', values.map((value) => `Cookie: ${value}\r\n`)],
      ['two in a field', twoOf('; ')],
      ['two without a space', twoOf(';')],
      ['a field each', twoOf('\r\nCookie: ')],
    ])('%s: any valid cookie counts, and is not forwarded', async (_, requests) => {
      const outcome = async (target: Target) => {
        const cookies = await cookiesOf(target)
        const result = async (template: string) => {
          const fields = template
            .replaceAll('SRVX=FIRST', 'SRVX=1')
            .replaceAll('FIRST', cookies.first ?? '')
            .replaceAll('SECOND', cookies.second ?? '')
            .replaceAll('DOWN', `SRV=${down.get(target.host)}`)
          const response = await get(target, fields)
          const isKept = cookieIn(response) === undefined
          return [
            template,
            isKept ? serverOf(response) : 'another',
            valuesOf(response, 'x-cookies').join(),
          ]
        }
        const results = []
        for (const template of requests) results.push(await result(template))
        return results
      }
      const [expected, actual] = [await outcome(theirs()), await outcome(ours())]
      expect(actual.map(([template, name]) => [template, name])).toEqual(
        expected.map(([template, name]) => [template, name]),
      )
      // The spacing of the remaining cookies differs, and HAProxy keeps a cookie without a value.
      for (const [, , cookies] of actual) expect(cookies).not.toMatch(/(^|; )SRV=/)
    })

    test('a server’s cookie of that name is removed, whether the client has the sticky cookie or not', async () => {
      const lines = [
        'Set-Cookie: SRV=own; Path=/x',
        'set-cookie:SRV=own',
        'Set-Cookie:  SRV = own',
        'Set-Cookie: SRV="q;q"; Max-Age=5',
        'Set-Cookie: SRV=',
        'Set-Cookie2: SRV=own',
        'Set-Cookie: SRVX=1',
        'Set-Cookie: srv=1',
        'Set-Cookie: a=1; SRV=2',
        'Set-Cookie: a=1, SRV=9',
        'Set-Cookie: SRV',
        'Set-Cookie: b=2; HttpOnly',
      ]
      const outcome = async (target: Target) => {
        const { first } = await cookiesOf(target)
        const responses = await Promise.all(
          ['', `Cookie: ${first}\r\n`].map((fields) =>
            get(target, wanted('200', ...lines) + fields),
          ),
        )
        return responses.map((response) => {
          const ownValues = valuesOf(response, 'set-cookie2')
          const set = valuesOf(response, 'set-cookie').map((value) =>
            value.startsWith(`SRV=`) && /path=\//i.test(value) ? 'ours' : value,
          )
          return [...ownValues, ...set]
        })
      }
      const expected = await outcome(theirs())
      expect(await outcome(ours())).toEqual(expected)
      expect(expected.map((values) => values.includes('ours'))).toEqual([true, false])
      expect(expected.flat().some((value) => value.includes('own'))).toBe(false)
    })

    const ETAG = 'ETag: "x"'
    const CACHEABLE: [string, string[]][] = [
      ...'200 203 204 206 300 301 302 304 307 308 400 401 403 404 405 410 414 451 500 501 503'
        .split(' ')
        .map((status): [string, string[]] => [status, [ETAG]]),
      ...[
        [],
        ['Last-Modified: Mon, 01 Jan 2024 00:00:00 GMT'],
        ['Expires: Mon, 01 Jan 2034 00:00:00 GMT'],
        ['Cache-Control: public'],
        ['Cache-Control: PUBLIC, max-age=60'],
        ['Cache-Control: max-age=60'],
        ['Cache-Control: s-maxage=60'],
        ['Cache-Control: max-age=0', ETAG],
        ['Cache-Control: s-maxage=0', ETAG],
        ['Cache-Control: max-age=60, s-maxage=0', ETAG],
        ['Cache-Control: private', ETAG],
        ['Cache-Control: Private', ETAG],
        ['Cache-Control: no-cache', ETAG],
        ['Cache-Control: public', 'Cache-Control: no-store', ETAG],
        ['Cache-Control: no-cache="set-cookie"', ETAG],
        ['Cache-Control: private="x"', ETAG],
        ['Cache-Control: must-revalidate', ETAG],
        ['Pragma: no-cache', ETAG],
        ['Pragma: no-cache', 'Cache-Control: max-age=60'],
        ['Vary: *', ETAG],
      ].map((fields): [string, string[]] => ['200', fields]),
    ]

    test('a first response that a shared cache could store becomes private, if HAProxy’s does', async () => {
      const outcome = async (target: Target, method: string) => {
        const results: boolean[] = []
        for (const [status, fields] of CACHEABLE) {
          const own = fields.filter((field) => field.startsWith('Cache-Control')).length
          const response = await get(target, wanted(status, ...fields), method)
          expect(cookieIn(response)).toBeDefined()
          const values = valuesOf(response, 'cache-control')
          results.push(values.length > own && values.at(-1) === 'private')
        }
        return results
      }
      const beyond: string[] = []
      for (const method of ['GET', 'HEAD', 'OPTIONS', 'POST', 'DELETE']) {
        const [expected, actual] = [await outcome(theirs(), method), await outcome(ours(), method)]
        CACHEABLE.forEach(([status, fields], index) => {
          if (actual[index] === expected[index]) return
          expect([method, status, fields, actual[index]]).toEqual([method, status, fields, true])
          if (method === 'GET') beyond.push([status, ...fields].join(' '))
        })
      }
      // RFC 9111 allows caches to store these too.
      expect(beyond).toEqual([
        '304 ETag: "x"',
        '308 ETag: "x"',
        '200',
        '200 Cache-Control: public',
        '200 Pragma: no-cache Cache-Control: max-age=60',
      ])
    })

    test('the 101 response of a WebSocket sets the cookie', async () => {
      const upgrade = 'Connection: Upgrade\r\nUpgrade: websocket\r\n'
      const key = 'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n'
      const accepted = wanted(
        '101',
        'Connection: Upgrade',
        'Upgrade: websocket',
        'Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=',
        'Set-Cookie: SRV=own',
      )
      for (const target of [theirs(), ours()]) {
        const request = `GET / HTTP/1.1\r\nHost: a\r\n${upgrade}${key}${accepted}\r\n`
        const response = await readHeadAfter(target, request)
        const set = valuesOf(response, 'set-cookie')
        expect([statusOf(response), set.length, set[0]?.startsWith('SRV=own')]).toEqual([
          '101',
          1,
          false,
        ])
      }
    })

    test('later responses, and all responses with nocache off, keep the server’s Cache-Control', async () => {
      const target = ours()
      const { first } = await cookiesOf(target)
      const later = await get(target, `${wanted('200', ETAG)}Cookie: ${first}\r\n`)
      expect(valuesOf(later, 'cache-control')).toEqual([])
      const sticky = { type: 'cookie', name: 'SRV', nocache: false } as const
      running.change({ backends: running.lb.config.backends.map((it) => ({ ...it, sticky })) })
      const plain = await get(target, wanted('200', ETAG))
      expect([cookieIn(plain) !== undefined, valuesOf(plain, 'cache-control')]).toEqual([true, []])
    })
  },
)

import { afterAll, beforeAll, expect, test } from 'vitest'
import { ownAddresses } from '#lib/testing/loopback.ts'
import { describeWith } from '#lib/testing/programs/describe-with.ts'
import { startHaproxyWith } from '#lib/testing/programs/haproxy.ts'
import {
  answerTo,
  headAnswering,
  lastRequest,
  type Place,
  statusOf,
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
 * Answers with the status and fields that the request asks for, its own name, and the cookies that it got. The fields are
 * hex-encoded, so that proxies don't take them for the request's own.
 */
function answerOf(name: string, head: string): string {
  const asked = /\r\nx-want: (\w*)\r\n/i.exec(head)?.[1] ?? ''
  const [status = '200', ...fields] = Buffer.from(asked, 'hex').toString('latin1').split('\n')
  const cookies = [...head.matchAll(/\r\ncookie: (.*)/gi)].map(([, value]) => value).join('; ')
  const lines = [`HTTP/1.1 ${status || 200} X`, `X-Name: ${name}`, `X-Cookies: ${cookies}`]
  const empty = ['101', '204', '304'].includes(status)
  const body = empty || head.startsWith('HEAD') ? '' : 'ok'
  const length = empty ? [] : ['Content-Length: 2']
  return `${[...lines, ...length, ...fields].join('\r\n')}\r\n\r\n${body}`
}

const want = (status: string, ...fields: string[]) =>
  `X-Want: ${Buffer.from([status, ...fields].join('\n'), 'latin1').toString('hex')}\r\n`

const servers: RawServer[] = []
let running: RunningLb

beforeAll(async () => {
  for (const [name, address] of [
    ['first', FIRST],
    ['second', SECOND],
  ] as const) {
    const place = { address, port: SERVER_PORT }
    servers.push(await listenRaw(place, (head) => answerOf(name, head)))
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

const nameOf = (answer: string) => valuesOf(answer, 'x-name')[0]
const cookieIn = (answer: string) =>
  valuesOf(answer, 'set-cookie')
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
    const theirs = (): Place => ({ host: haproxy().address, port: PORT })
    const ours = (): Place => ({ host: TEST_ADDRESS, port: running.port })
    const get = (place: Place, fields = '', method = 'GET') =>
      answerTo(place, lastRequest(method, '/', fields))

    /** The servers' cookies, "SRV=…", as set at clients. */
    async function cookiesOf(place: Place): Promise<Record<string, string>> {
      const cookies: Record<string, string> = {}
      while (!cookies.first || !cookies.second) {
        const answer = await get(place)
        cookies[nameOf(answer) ?? ''] = cookieIn(answer) ?? ''
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
        const answer = await get(theirs(), 'Cookie: SRV=c-down\r\n')
        return statusOf(answer) === '200'
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
    ])('%s: any valid cookie counts, and no server sees it', async (_, requests) => {
      const outcome = async (place: Place) => {
        const known = await cookiesOf(place)
        const fate = async (template: string) => {
          const fields = template
            .replaceAll('SRVX=FIRST', 'SRVX=1')
            .replaceAll('FIRST', known.first ?? '')
            .replaceAll('SECOND', known.second ?? '')
            .replaceAll('DOWN', `SRV=${down.get(place.host)}`)
          const answer = await get(place, fields)
          const stays = cookieIn(answer) === undefined
          return [
            template,
            stays ? nameOf(answer) : 'another',
            valuesOf(answer, 'x-cookies').join(),
          ]
        }
        const fates = []
        for (const template of requests) fates.push(await fate(template))
        return fates
      }
      const [expected, actual] = [await outcome(theirs()), await outcome(ours())]
      expect(actual.map(([template, name]) => [template, name])).toEqual(
        expected.map(([template, name]) => [template, name]),
      )
      // The spacing of the remaining cookies differs, and HAProxy keeps a cookie without a value.
      for (const [, , cookies] of actual) expect(cookies).not.toMatch(/(^|; )SRV=/)
    })

    test('a server’s own cookie of that name is removed, whether the client has ours or not', async () => {
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
      const outcome = async (place: Place) => {
        const { first } = await cookiesOf(place)
        const answers = await Promise.all(
          ['', `Cookie: ${first}\r\n`].map((fields) => get(place, want('200', ...lines) + fields)),
        )
        return answers.map((answer) => {
          const ownValues = valuesOf(answer, 'set-cookie2')
          const set = valuesOf(answer, 'set-cookie').map((value) =>
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

    test('a first response that a shared cache could store becomes private, wherever HAProxy’s does', async () => {
      const outcome = async (place: Place, method: string) => {
        const told: boolean[] = []
        for (const [status, fields] of CACHEABLE) {
          const own = fields.filter((field) => field.startsWith('Cache-Control')).length
          const answer = await get(place, want(status, ...fields), method)
          expect(cookieIn(answer)).toBeDefined()
          const values = valuesOf(answer, 'cache-control')
          told.push(values.length > own && values.at(-1) === 'private')
        }
        return told
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
      const accepted = want(
        '101',
        'Connection: Upgrade',
        'Upgrade: websocket',
        'Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=',
        'Set-Cookie: SRV=own',
      )
      for (const place of [theirs(), ours()]) {
        const request = `GET / HTTP/1.1\r\nHost: a\r\n${upgrade}${key}${accepted}\r\n`
        const answer = await headAnswering(place, request)
        const set = valuesOf(answer, 'set-cookie')
        expect([statusOf(answer), set.length, set[0]?.startsWith('SRV=own')]).toEqual([
          '101',
          1,
          false,
        ])
      }
    })

    test('later responses, and all with nocache off, keep the server’s Cache-Control', async () => {
      const place = ours()
      const { first } = await cookiesOf(place)
      const later = await get(place, `${want('200', ETAG)}Cookie: ${first}\r\n`)
      expect(valuesOf(later, 'cache-control')).toEqual([])
      const sticky = { type: 'cookie', name: 'SRV', nocache: false } as const
      running.change({ backends: running.lb.config.backends.map((it) => ({ ...it, sticky })) })
      const plain = await get(place, want('200', ETAG))
      expect([cookieIn(plain) !== undefined, valuesOf(plain, 'cache-control')]).toEqual([true, []])
    })
  },
)

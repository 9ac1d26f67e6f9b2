import { describe, expect, test } from 'vitest'
import { HeadBuffer } from './head-buffer.ts'
import type { HttpError } from './http-error.ts'
import { parseRequestHead, type RequestHead } from './request-head.ts'

const HOST = 'Host: a\r\n'
const post = (fields: string) => `POST / HTTP/1.1\r\n${HOST}${fields}\r\n`
const get = (fields = '', line = 'GET / HTTP/1.1') => `${line}\r\n${HOST}${fields}\r\n`

/** The head of these bytes when they come in pieces of `size`, or the status that refuses them. */
function read(text: string, size = Number.POSITIVE_INFINITY): RequestHead | number {
  const bytes = Buffer.from(text, 'latin1')
  const buffer = new HeadBuffer()
  try {
    for (let at = 0; at < bytes.length; at += size) {
      const complete = buffer.push(bytes.subarray(at, at + size))
      if (complete) return parseRequestHead(complete.head)
    }
    return 0
  } catch (error) {
    return (error as HttpError).status
  }
}

describe('what is refused', () => {
  test.each<[string, string, number]>([
    ['length and chunked', post('Content-Length: 5\r\nTransfer-Encoding: chunked\r\n'), 400],
    ['two lengths', post('Content-Length: 5\r\nContent-Length: 6\r\n'), 400],
    ['one length twice', post('Content-Length: 5\r\nContent-Length: 5\r\n'), 400],
    ['a list of lengths', post('Content-Length: 5,6\r\n'), 400],
    ...['+5', '-5', '0x5', '5_0', '1 2', '', '9007199254740992', '18446744073709551616'].map(
      (value): [string, string, number] => [
        `length ${value}`,
        post(`Content-Length: ${value}\r\n`),
        400,
      ],
    ),
    ['space before the colon of a length', post('Content-Length : 5\r\n'), 400],
    ['space before the colon of a coding', post('Transfer-Encoding : chunked\r\n'), 400],
    ...['xchunked', 'identity', '"chunked"', '\x0bchunked', '', ',chunked', 'chunked,'].map(
      (value): [string, string, number] => [
        `coding ${JSON.stringify(value)}`,
        post(`Transfer-Encoding: ${value}\r\n`),
        400,
      ],
    ),
    ['two codings', post('Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n'), 400],
    ['chunked twice', post('Transfer-Encoding: chunked, chunked\r\n'), 400],
    ['gzip after chunked', post('Transfer-Encoding: chunked, gzip\r\n'), 400],
    ['gzip before chunked', post('Transfer-Encoding: gzip, chunked\r\n'), 501],
    ['a folded coding', post('Transfer-Encoding:\r\n chunked\r\n'), 400],
    ['a coding in HTTP/1.0', post('Transfer-Encoding: chunked\r\n').replace('1.1', '1.0'), 400],
    ['no coding beside a length', post('Content-Length: 5\r\nTransfer-Encoding:\r\n'), 400],
    ['a bare CR', get('X: a\rb\r\n'), 400],
    ['a bare LF', get('X: a\nY: b\r\n'), 400],
    ['NUL in a value', get('X: a\0b\r\n'), 400],
    ['DEL in a value', get('X: a\x7fb\r\n'), 400],
    ['a CR before the CRLF', get('X: a\r\r\n'), 400],
    ['a folded line', get('X: a\r\n b\r\n'), 400],
    ['space before the first field', 'GET / HTTP/1.1\r\n Host: a\r\n\r\n', 400],
    ['no colon', get('X\r\n'), 400],
    ['no name', get(': a\r\n'), 400],
    ['a space after a name', get('X : a\r\n'), 400],
    ['a CTL in a name', get('X\x01: a\r\n'), 400],
    ['an 8-bit name', get('X\xe9: a\r\n'), 400],
    ['no Host', 'GET / HTTP/1.1\r\n\r\n', 400],
    ['two Hosts', get(HOST), 400],
    ...['u@a', 'a, b', 'a/x', 'a b', ':80', 'a:b', '[::1', '[::1]x', 'a\\b', 'h\xe9'].map(
      (host): [string, string, number] => [
        `Host ${host}`,
        `GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`,
        400,
      ],
    ),
    ['HTTP/0.9', get('', 'GET /'), 400],
    ['HTTP/2.0', get('', 'GET / HTTP/2.0'), 505],
    ['http/1.1', get('', 'GET / http/1.1'), 400],
    ['two spaces', get('', 'GET  / HTTP/1.1'), 400],
    ['a tab', get('', 'GET\t/ HTTP/1.1'), 400],
    ['NUL in the target', get('', 'GET /a\0 HTTP/1.1'), 400],
    ['an 8-bit target', get('', 'GET /\xe9 HTTP/1.1'), 400],
    ['a fragment', get('', 'GET /#a HTTP/1.1'), 400],
    ['an address without a host', get('', 'GET http:///a HTTP/1.1'), 400],
    ['an address with a user', get('', 'GET http://u@a/ HTTP/1.1'), 400],
    ['an address of another scheme', get('', 'GET ftp://a/ HTTP/1.1'), 400],
    ['only a host as address', get('', 'GET a:80 HTTP/1.1'), 400],
    ['HTTP/1.10', get('', 'GET / HTTP/1.10'), 400],
    ['no method', get('', ' / HTTP/1.1'), 400],
    ['a method that is no token', get('', 'G@T / HTTP/1.1'), 400],
    ['an asterisk', get('', 'GET * HTTP/1.1'), 400],
    ['CONNECT', get('', 'CONNECT a:80 HTTP/1.1'), 405],
    ['TRACE', get('', 'TRACE / HTTP/1.1'), 405],
    ['the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\n', 505],
    ['many empty lines', `\r\n\r\n\r\n${get()}`, 400],
    ['an unknown expectation', post('Expect: a miracle\r\n'), 417],
    ['a target over 8 KiB', get('', `GET /${'a'.repeat(9000)} HTTP/1.1`), 414],
    ['a head over 16 KiB', get(`X: ${'a'.repeat(17_000)}\r\n`), 431],
    ['over 100 fields', get('X: a\r\n'.repeat(101)), 431],
  ])('%s', (_, text, status) => {
    expect(read(text)).toBe(status)
    expect(read(text, 1)).toBe(status)
    expect(read(text, 7)).toBe(status)
  })

  test.each([
    ['lines that end in LF', 'GET / HTTP/1.1\nHost: a\n\n', 400],
    ['a target that goes on and on', `GET /${'a'.repeat(8192)}`, 414],
    ['a target over 16 KiB', `GET /${'a'.repeat(17_000)}`, 414],
    ['a field that goes on and on', `GET / HTTP/1.1\r\nX: ${'a'.repeat(16_384)}`, 431],
    ['a method that goes on and on', 'G'.repeat(16_385), 431],
  ])('%s: at once, before the head is complete', (_, text, status) => {
    expect(read(text)).toBe(status)
    expect(read(text, 1000)).toBe(status)
  })
})

describe('what is taken', () => {
  test.each<[string, string, Partial<RequestHead>]>([
    ['a plain request', get(), { method: 'GET', target: '/', version: 11, keepAlive: true }],
    ['a length', post('Content-Length: 005\r\n'), { framing: { type: 'length', length: 5 } }],
    ['chunks', post('Transfer-Encoding: Chunked\r\n'), { framing: { type: 'chunked' } }],
    ['HTTP/1.2 as 1.1', get('', 'GET / HTTP/1.2'), { version: 11 }],
    ['HTTP/1.0', get('', 'GET / HTTP/1.0'), { version: 10, keepAlive: false }],
    ['one empty line before', `\r\n${get()}`, { method: 'GET' }],
    [
      'an absolute address, which wins over Host',
      get('', 'GET http://b:81/x?y HTTP/1.1'),
      { target: '/x?y', host: 'b:81' },
    ],
    ['an IPv6 host', 'GET / HTTP/1.1\r\nHost: [::1]:80\r\n\r\n', { host: '[::1]:80' }],
    ['close', get('Connection: close\r\n'), { keepAlive: false }],
    ['an expectation', post('Expect: 100-Continue\r\n'), { expectContinue: true }],
    ['a websocket', get('Connection: Upgrade\r\nUpgrade: WebSocket\r\n'), { upgrade: 'websocket' }],
    ['options of a server', get('', 'OPTIONS * HTTP/1.1'), { target: '*' }],
    ['the same in absolute form', get('', 'OPTIONS http://b HTTP/1.1'), { target: '*', host: 'b' }],
    ['an address with only a query', get('', 'GET http://b?x HTTP/1.1'), { target: '/?x' }],
    ['HTTP/1.0 without Host', 'GET / HTTP/1.0\r\n\r\n', { host: '' }],
    [
      'HTTP/1.0 kept alive',
      get('Connection: Keep-Alive\r\n', 'GET / HTTP/1.0'),
      { keepAlive: true },
    ],
    [
      'close, whatever else is said',
      get('Connection: keep-alive\r\nConnection: close\r\n', 'GET / HTTP/1.0'),
      { keepAlive: false },
    ],
    [
      'an expectation in HTTP/1.0',
      get('Expect: 100-continue\r\n', 'GET / HTTP/1.0'),
      { expectContinue: false },
    ],
    [
      'an upgrade of a request with a body',
      post('Connection: upgrade\r\nUpgrade: websocket\r\nContent-Length: 5\r\n'),
      { upgrade: null },
    ],
    [
      'an upgrade in HTTP/1.0',
      get('Connection: upgrade\r\nUpgrade: websocket\r\n', 'GET / HTTP/1.0'),
      { upgrade: null },
    ],
    [
      'an upgrade to no protocol',
      get('Connection: upgrade\r\nUpgrade: web socket\r\n'),
      { upgrade: null },
    ],
    ['an upgrade nobody asked for', get('Upgrade: websocket\r\n'), { upgrade: null }],
    ['h2c', get('Connection: upgrade\r\nUpgrade: h2c\r\n'), { upgrade: null }],
  ])('%s', (_, text, expected) => {
    expect(read(text)).toMatchObject(expected)
    expect(read(text, 1)).toMatchObject(expected)
  })

  test('where the bytes are cut makes no difference', () => {
    const bytes = Buffer.from(`\r\n${get('X: a\r\nCookie:b  \r\n')}GET /next`)
    const whole = new HeadBuffer().push(bytes)
    for (let cut = 1; cut < bytes.length - 'GET /next'.length; cut += 1) {
      const buffer = new HeadBuffer()
      expect(buffer.push(bytes.subarray(0, cut))).toBeNull()
      expect(buffer.push(bytes.subarray(cut))).toEqual(whole)
    }
    expect(whole?.rest.toString()).toBe('GET /next')
  })

  test('names and values are taken as they came, without the space around values', () => {
    const head = read(get('x-AbC: \t a b\t \r\nEmpty:\r\nHigh: \xe9\r\n')) as RequestHead
    expect(head.fields.map(({ name, lower, value }) => [name, lower, value])).toEqual([
      ['Host', 'host', 'a'],
      ['x-AbC', 'x-abc', 'a b'],
      ['Empty', 'empty', ''],
      ['High', 'high', '\xe9'],
    ])
  })

  test('a head that came in one chunk is not copied, and the next one may follow', () => {
    const bytes = Buffer.from(`${get()}${get('X: 2\r\n')}`)
    const buffer = new HeadBuffer()
    const first = buffer.push(bytes)
    expect(first?.head.buffer).toBe(bytes.buffer)
    expect(buffer.push(first?.rest as Buffer)?.head.toString()).toBe(get('X: 2\r\n'))
  })
})

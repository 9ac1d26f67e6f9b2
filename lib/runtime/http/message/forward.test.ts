import { describe, expect, test } from 'vitest'
import { lastChunk } from './chunked-encoder.ts'
import { parseFields } from './fields.ts'
import { forwardRequestHead } from './forward-request.ts'
import { forwardResponseHead } from './forward-response.ts'
import { NO_BODY } from './framing.ts'
import { parseRequestHead } from './request-head.ts'
import { parseResponseHead } from './response-head.ts'

const HOP = { clientAddress: '192.0.2.7', frontendPort: 8000, requestId: 'r-1' }

/** The lines that a server gets for a request with these fields. */
function forwarded(fields: string, line = 'GET /path HTTP/1.1', hop = {}): string[] {
  const head = parseRequestHead(Buffer.from(`${line}\r\nHost: a\r\n${fields}\r\n`, 'latin1'))
  return forwardRequestHead(head, { ...HOP, ...hop })
    .split('\r\n')
    .slice(0, -2)
}

describe('the head that a server gets', () => {
  test('says the client and the way it came', () => {
    expect(forwarded('Accept: */*\r\n')).toEqual([
      'GET /path HTTP/1.1',
      'Host: a',
      'Accept: */*',
      'X-Forwarded-For: 192.0.2.7',
      'X-Forwarded-Proto: http',
      'X-Forwarded-Port: 8000',
      'X-Request-Id: r-1',
      'Via: 1.1 fairlead',
    ])
  })

  test.each([
    'X-Forwarded-For: 1.1.1.1',
    'X_Forwarded_For: 1.1.1.1',
    'X.Forwarded.For: 1.1.1.1',
    'x-forwarded_port: 1',
    'X-Request-Id: 1',
    'Connection: HTTP2-Settings\r\nHTTP2-Settings: AAMAAABk',
    'Forwarded: for=1.1.1.1',
    'X-Real-IP: 1.1.1.1',
    'X-Forwarded-Proto: https',
    'Proxy-Connection: keep-alive',
    'Keep-Alive: timeout=5',
    'TE: gzip',
    'Upgrade: h2c',
  ])('%s is not the client’s to say, or ends here', (line) => {
    expect(forwarded(`${line}\r\n`)).toEqual(forwarded(''))
  })

  test('what Connection names ends here, but never framing, Host or our own fields', () => {
    const named = 'Connection: X-Secret, Host, Content-Length, X-Forwarded-For\r\nX-Secret: 1\r\n'
    const lines = forwarded(`${named}Content-Length: 3\r\n`, 'POST /path HTTP/1.1')
    expect(lines).not.toContain('X-Secret: 1')
    expect(lines).toContain('Host: a')
    expect(lines).toContain('Content-Length: 3')
    expect(lines).toContain('X-Forwarded-For: 192.0.2.7')
  })

  test('framing is written anew, once', () => {
    const lines = forwarded('transfer-encoding: Chunked\r\n', 'POST / HTTP/1.1')
    expect(lines.filter((line) => /^(transfer-encoding|content-length)/i.test(line))).toEqual([
      'Transfer-Encoding: chunked',
    ])
    expect(forwarded('Content-Length: 007\r\n', 'POST / HTTP/1.1')).toContain('Content-Length: 7')
    const twin = forwarded('Transfer_Encoding: chunked\r\nContent-Length: 7\r\n', 'POST / HTTP/1.1')
    expect(twin.join()).not.toMatch(/chunked/i)
  })

  test('a websocket’s upgrade goes on, an expectation only from HTTP/1.1', () => {
    const lines = forwarded('Connection: Upgrade, X-A\r\nX-A: 1\r\nUpgrade: websocket\r\n')
    expect(lines).toEqual(expect.arrayContaining(['Connection: upgrade', 'Upgrade: websocket']))
    expect(lines).not.toContain('X-A: 1')
    expect(forwarded('Expect: 100-continue\r\n')).toContain('Expect: 100-continue')
    expect(forwarded('Expect: 100-continue\r\n', 'GET / HTTP/1.0').join()).not.toMatch(/Expect/)
  })

  test('fields keep their order and spelling, in plain form', () => {
    const lines = forwarded(
      'x-B:1\r\nx-D:4 \r\nx-F:\t5\r\nKeep-Alive: 5\r\nX-A:  2 \r\nx-C: 3\r\nVia: 1.1 first\r\nX-E:\r\n',
    )
    expect(lines.slice(2, 9)).toEqual([
      'x-B: 1',
      'x-D: 4',
      'x-F: 5',
      'X-A: 2',
      'x-C: 3',
      'Via: 1.1 first',
      'X-E: ',
    ])
    expect(lines.at(-1)).toBe('Via: 1.1 fairlead')
  })

  test('the host in an absolute address goes on in place of Host', () => {
    const lines = forwarded('', 'GET http://b:81/x HTTP/1.1')
    expect(lines.slice(0, 2)).toEqual(['GET /x HTTP/1.1', 'Host: b:81'])
    expect(lines).not.toContain('Host: a')
  })

  test('the address stands in for the host that an HTTP/1.0 client did not name', () => {
    const head = parseRequestHead(Buffer.from('GET / HTTP/1.0\r\n\r\n'))
    const text = forwardRequestHead(head, { ...HOP, frontendAddress: '192.0.2.1' })
    expect(text).toMatch(/^GET \/ HTTP\/1\.1\r\nHost: 192\.0\.2\.1:8000\r\n/)
    expect(text).toContain('Via: 1.0 fairlead')
  })

  test('the host for the server takes the place of the client’s, which is said beside it', () => {
    const hop = { serverHost: 'app.example:81', frontendAddress: '192.0.2.1' }
    const hosts = (lines: string[]) => lines.filter((line) => /^(?:X-Forwarded-)?Host:/i.test(line))
    const expected = ['Host: app.example:81', 'X-Forwarded-Host: a']
    expect(hosts(forwarded('X-Forwarded-Host: forged\r\n', undefined, hop))).toEqual(expected)
    const absolute = forwarded('', 'GET http://b:82/x HTTP/1.1', hop)
    expect(hosts(absolute)).toEqual(['Host: app.example:81', 'X-Forwarded-Host: b:82'])
    const old = parseRequestHead(Buffer.from('GET / HTTP/1.0\r\n\r\n'))
    expect(hosts(forwardRequestHead(old, { ...HOP, ...hop }).split('\r\n'))).toEqual([
      'Host: app.example:81',
    ])
    // Without one, what clients say stays.
    expect(hosts(forwarded('X-Forwarded-Host: said\r\n'))).toEqual([
      'Host: a',
      'X-Forwarded-Host: said',
    ])
  })

  test('the balancer’s own cookie stays here', () => {
    const cookies = (value: string) =>
      forwarded(`Cookie: ${value}\r\n`, undefined, { dropCookie: 'SERVER' }).filter((line) =>
        line.startsWith('Cookie'),
      )
    expect(cookies('a=1; SERVER=x; b=2')).toEqual(['Cookie: a=1; b=2'])
    expect(cookies('SERVER=x')).toEqual([])
    expect(cookies('SERVERS=x')).toEqual(['Cookie: SERVERS=x'])
  })
})

test('a server learns that the client takes trailers, and which ones come', () => {
  const lines = forwarded('TE: gzip;q=0.5, trailers\r\nTrailer: X-Sum\r\n')
  expect(lines).toContain('TE: trailers')
  expect(lines).toContain('Connection: TE')
  expect(lines).toContain('Trailer: X-Sum')
})

describe('the end of a chunked body', () => {
  const trailer = (text: string) => lastChunk(parseFields(Buffer.from(text), text, 0, 400))

  test('has the trailers that travel on', () => {
    expect(trailer('X-Sum: 1\r\nETag:"x" \r\n')).toBe('0\r\nX-Sum: 1\r\nETag: "x"\r\n\r\n')
    expect(lastChunk([])).toBe('0\r\n\r\n')
  })

  test.each([
    'Content-Length',
    'Transfer_Encoding',
    'Host',
    'Authorization',
    'X-Forwarded-For',
    'X_Real_IP',
    'Set-Cookie',
    'Content-Type',
    'Trailer',
  ])('has no %s', (name) => {
    expect(trailer(`${name}: 1\r\n`)).toBe('0\r\n\r\n')
  })
})

describe('the head that a client gets', () => {
  const response = (fields: string, status = '200 OK', method = 'GET') =>
    parseResponseHead(Buffer.from(`HTTP/1.1 ${status}\r\n${fields}\r\n`, 'latin1'), method)
  const given = (...args: Parameters<typeof forwardResponseHead>) =>
    forwardResponseHead(...args)
      .split('\r\n')
      .slice(0, -2)

  test('has its own framing and connection, and the server’s other fields', () => {
    const head = response('Content-Length: 5\r\nConnection: close, X-A\r\nX-A: 1\r\nETag: "x"\r\n')
    const hop = { clientVersion: 11 as const, keepAlive: true, framing: head.framing }
    expect(given(head, hop)).toEqual(['HTTP/1.1 200 OK', 'ETag: "x"', 'Content-Length: 5'])
    expect(given(head, { ...hop, keepAlive: false })).toContain('Connection: close')
    expect(given(head, { ...hop, clientVersion: 10 })).toContain('Connection: keep-alive')
    expect(given(head, { ...hop, setCookie: 'SERVER=x; Path=/' })).toContain(
      'Set-Cookie: SERVER=x; Path=/',
    )
  })

  test.each([
    ['HEAD', '200 OK', ['Content-Length: 5']],
    ['GET', '304 Not Modified', ['Content-Length: 5']],
    ['GET', '204 No Content', []],
  ])(
    '%s with %s has no body, and its length only if it describes one',
    (method, status, length) => {
      const head = response('Content-Length: 5\r\n', status, method)
      expect(head.framing).toEqual(NO_BODY)
      const lines = given(head, { clientVersion: 11, keepAlive: true, framing: NO_BODY })
      expect(lines.slice(1)).toEqual(length)
    },
  )

  test.each([
    ['length and chunks', 'Content-Length: 5\r\nTransfer-Encoding: chunked\r\n'],
    ['two lengths', 'Content-Length: 5\r\nContent-Length: 6\r\n'],
    ['an unknown coding', 'Transfer-Encoding: gzip, chunked\r\n'],
    ['NUL', 'X: a\0b\r\n'],
    ['over 100 fields', 'X: a\r\n'.repeat(101)],
    ['a folded line', 'X: a\r\n b\r\n'],
  ])('%s from the server is a 502', (_, fields) => {
    expect(() => response(fields)).toThrow(expect.objectContaining({ status: 502 }))
  })

  test.each([
    'HTTP/2 200 OK',
    'HTTP/1.1 099 x',
    'HTTP/1.1 600 x',
    'HTTP/1.1 20 x',
    'HTTP/1.1  200 OK',
    'ICY 200 OK',
    'HTTP/1.1 200 a\0',
  ])('%j is no status line', (line) => {
    const head = Buffer.from(`${line}\r\n\r\n`, 'latin1')
    expect(() => parseResponseHead(head, 'GET')).toThrow(expect.objectContaining({ status: 502 }))
  })

  test('chunks from an HTTP/1.0 server are a 502', () => {
    const head = Buffer.from('HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n')
    expect(() => parseResponseHead(head, 'GET')).toThrow(expect.objectContaining({ status: 502 }))
  })

  test.each([
    ['204 No Content', 'Content-Length: 5\r\n', 'GET', false],
    ['204 No Content', 'Transfer-Encoding: chunked\r\n', 'GET', false],
    ['204 No Content', 'Content-Length: 0\r\n', 'GET', true],
    ['304 Not Modified', 'Content-Length: 5\r\n', 'GET', true],
    ['200 OK', 'Content-Length: 5\r\n', 'HEAD', true],
    ['200 OK', 'Connection: close\r\nContent-Length: 5\r\n', 'GET', false],
  ])(
    'after %s with %j to %s the connection is good for more: %s',
    (status, fields, method, more) => {
      expect(response(fields, status, method).keepAlive).toBe(more)
    },
  )

  test('the length of a response without a body is canonical', () => {
    const head = response('Content-Length: 005\r\n', '200 OK', 'HEAD')
    const lines = given(head, { clientVersion: 11, keepAlive: true, framing: NO_BODY })
    expect(lines).toEqual(['HTTP/1.1 200 OK', 'Content-Length: 5'])
  })

  test('a switch of protocols names the protocol, other interim answers no connection', () => {
    const hop = { clientVersion: 11 as const, keepAlive: true, framing: NO_BODY }
    const upgrade = 'Connection: upgrade\r\nUpgrade: WebSocket\r\nSec-WebSocket-Accept: x\r\n'
    expect(given(response(upgrade, '101 Switching Protocols'), hop)).toEqual([
      'HTTP/1.1 101 Switching Protocols',
      'Sec-WebSocket-Accept: x',
      'Connection: upgrade',
      'Upgrade: websocket',
    ])
    expect(given(response('Link: </a>\r\n', '103 Early Hints'), hop)).toEqual([
      'HTTP/1.1 103 Early Hints',
      'Link: </a>',
    ])
  })

  test('a server that says nothing of a length is read to its end', () => {
    expect(response('').framing).toEqual({ type: 'until_close' })
    expect(response('').keepAlive).toBe(false)
  })
})

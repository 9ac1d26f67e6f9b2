import { createServer, type Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { chunkedBody } from '#lib/testing/runtime/chunked-body.ts'
import { ChunkedDecoder } from './chunked-decoder.ts'
import { forwardRequestHead } from './forward-request.ts'
import { HeadBuffer } from './head-buffer.ts'
import { HttpError } from './http-error.ts'
import { parseRequestHead, type RequestHead } from './request-head.ts'

/** A request as a parser understood it. */
type Seen = { method: string; target: string; body: string }

const HOP = { clientAddress: '192.0.2.7', frontendPort: 8000, requestId: 'r-1' }

/** What we understand of the bytes of a client's connection, and what its server is sent. */
function forwardAll(bytes: Buffer): { seen: Seen[]; sent: Buffer } {
  const seen: Seen[] = []
  const sent: Buffer[] = []
  const heads = new HeadBuffer()
  let rest: Buffer | null = bytes
  try {
    while (rest?.length) {
      const complete = heads.push(rest)
      if (!complete) break
      const head = parseRequestHead(complete.head)
      const body = readBody(head, complete.rest)
      // A body that is cut off is never passed off as complete.
      if (!body) break
      seen.push({ method: head.method, target: head.target, body: body.data.toString('latin1') })
      sent.push(Buffer.from(forwardRequestHead(head, HOP), 'latin1'), body.sent)
      rest = head.keepAlive ? body.rest : null
    }
  } catch (error) {
    if (!(error instanceof HttpError)) throw error
  }
  return { seen, sent: Buffer.concat(sent) }
}

function readBody({ framing }: RequestHead, bytes: Buffer) {
  if (framing.type === 'chunked') {
    const chunks = new ChunkedDecoder()
    const { data, done, rest } = chunks.push(Buffer.from(bytes))
    if (!done) return null
    const body = data ?? Buffer.alloc(0)
    return { data: body, sent: chunkedBody(data ? [data] : [], chunks.trailers), rest }
  }
  const length = framing.type === 'length' ? framing.length : 0
  const data = bytes.subarray(0, length)
  return data.length === length ? { data, sent: data, rest: bytes.subarray(length) } : null
}

let oracle: Server
let seenByOracle: Seen[] = []
let refusedByOracle: Error[] = []

beforeAll(async () => {
  oracle = createServer((request, response) => {
    const { method = '', url: target = '' } = request
    const seen: Seen = { method, target, body: '' }
    seenByOracle.push(seen)
    request.setEncoding('latin1')
    request.on('data', (data: string) => {
      seen.body += data
    })
    request.on('end', () => response.end())
  })
  oracle.on('clientError', (error, socket) => {
    refusedByOracle.push(error)
    socket.destroy()
  })
  await new Promise<void>((resolve) => oracle.listen(0, '127.0.0.1', resolve))
})

afterAll(() => oracle.close())

/** What node:http, a parser of its own (llhttp), understands of the bytes. */
async function seenElsewhere(sent: Buffer): Promise<Seen[]> {
  seenByOracle = []
  refusedByOracle = []
  const { port } = oracle.address() as AddressInfo
  const socket = connect(port, '127.0.0.1')
  socket.resume().on('error', () => {})
  socket.end(sent)
  await new Promise((resolve) => socket.on('close', resolve))
  expect(refusedByOracle).toEqual([])
  return seenByOracle
}

async function expectAgreement(text: string): Promise<Seen[]> {
  const { seen, sent } = forwardAll(Buffer.from(text, 'latin1'))
  expect(await seenElsewhere(sent)).toEqual(seen)
  return seen
}

const SMUGGLED = 'GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n'

describe('a server counts the requests that we count', () => {
  test('one after the other, with and without bodies', async () => {
    const text =
      'GET /1 HTTP/1.1\r\nHost: a\r\n\r\n' +
      'GET /2 HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc' +
      'POST /3 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n2;x=y\r\nde\r\n0\r\nX-Sum: 1\r\nContent-Length: 40\r\n\r\n' +
      `PUT /4 HTTP/1.1\r\nHost: a\r\nTransfer_Encoding: chunked\r\nContent-Length: 0${SMUGGLED.length}\r\n\r\n${SMUGGLED}`
    const seen = await expectAgreement(text)
    expect(seen.map(({ target, body }) => [target, body])).toEqual([
      ['/1', ''],
      ['/2', 'abc'],
      ['/3', 'de'],
      ['/4', SMUGGLED],
    ])
  })

  test.each([
    [
      'a length that Connection names',
      `Connection: Content-Length\r\nContent-Length: ${SMUGGLED.length}\r\n`,
    ],
    [
      'a coding that Connection names',
      `Connection: Transfer-Encoding\r\nContent-Length: ${SMUGGLED.length}\r\n`,
    ],
    [
      'a look-alike of a coding',
      `Transfer.Encoding: chunked\r\nContent-Length: ${SMUGGLED.length}\r\n`,
    ],
  ])('%s hides no request', async (_, fields) => {
    const text = `POST / HTTP/1.1\r\nHost: a\r\n${fields}\r\n${SMUGGLED}`
    expect(await expectAgreement(text)).toEqual([{ method: 'POST', target: '/', body: SMUGGLED }])
  })

  test('whatever comes', async () => {
    const bytes = fc.array(message(), { minLength: 1, maxLength: 4 }).map((parts) => parts.join(''))
    await fc.assert(
      fc.asyncProperty(bytes, async (text) => {
        await expectAgreement(text)
      }),
      { numRuns: 150 },
    )
  })

  test('the bytes that a server gets mean to us what the client’s meant', () => {
    fc.assert(
      fc.property(message(), (text) => {
        const once = forwardAll(Buffer.from(text, 'latin1'))
        expect(forwardAll(once.sent).seen).toEqual(once.seen)
      }),
    )
  })
})

/** Requests that are mostly right, with oddities of every kind. */
function message(): fc.Arbitrary<string> {
  const line = fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom('GET /a HTTP/1.1', 'POST /b?c HTTP/1.1') },
    fc.constantFrom(
      'GET http://b/x HTTP/1.1',
      'GET  / HTTP/1.1',
      'PUT / HTTP/1.0',
      'OPTIONS * HTTP/1.1',
      'GET /\t HTTP/1.1',
    ),
  )
  const framing = fc.oneof(
    {
      weight: 4,
      arbitrary: fc.constantFrom('', 'Content-Length: 5\r\n', 'Transfer-Encoding: chunked\r\n'),
    },
    fc.constantFrom(
      'Content-Length:05\r\n',
      'Content-Length: 5\r\nContent-Length: 6\r\n',
      'Content-Length: +5\r\n',
      'Content-Length: 5\r\nTransfer-Encoding: chunked\r\n',
      'Content-Length : 5\r\n',
      'Transfer-Encoding: \tCHUNKED \r\n',
      'Transfer-Encoding: xchunked\r\n',
      'Transfer-Encoding: chunked, identity\r\n',
      'Transfer_Encoding: chunked\r\n',
      'Transfer-Encoding:\x0bchunked\r\n',
    ),
  )
  const other = fc.constantFrom(
    ...['', 'X: y\r\n', 'X:y \r\n', 'X: a\rb\r\n', 'X: a\nContent-Length: 5\r\n', 'X: a\r\n b\r\n'],
    ...[
      'Connection: close\r\n',
      'Connection: Content-Length, Host\r\n',
      'TE: trailers\r\n',
      '\x00\r\n',
    ],
  )
  // Where it is not a body it begins no request: node:http refuses methods that it does not know.
  const body = fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom('', '(ello', '5\r\nhello\r\n0\r\n\r\n') },
    fc.constantFrom(
      '5;a=b\r\nhello\r\n0\r\nX: y\r\n\r\n',
      '0x5\r\nhello\r\n0\r\n\r\n',
      '5\nhello\r\n0\r\n\r\n',
      '0\r\n\r\n',
      SMUGGLED,
    ),
  )
  const host = fc.oneof(
    { weight: 8, arbitrary: fc.constant('Host: a\r\n') },
    fc.constantFrom('', 'Host: a\r\nHost: b\r\n'),
  )
  return fc
    .tuple(line, host, framing, other, body)
    .map(
      ([start, hosts, length, more, content]) =>
        `${start}\r\n${hosts}${length}${more}\r\n${content}`,
    )
}

import { post, type ResponseCase, SMUGGLED } from './case.ts'

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'
const HEAD = 'HEAD /1 HTTP/1.1\r\nHost: a\r\n\r\n'
const BAD_GATEWAY = [/^HTTP\/1\.1 502 /]
const bad = (name: string, answer: string): ResponseCase => ({
  n: 52,
  name,
  answer,
  has: BAD_GATEWAY,
  reusable: false,
})

/** Answers: 49 to 52, and trailers from servers as in 27. */
export const RESPONSE_CASES: ResponseCase[] = [
  {
    n: 27,
    name: "a server's trailer Set-Cookie",
    answer:
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nSet-Cookie: a=b\r\n\r\n',
    has: [/^HTTP\/1\.1 200 /],
    hasNot: [/set-cookie/i],
    reusable: true,
  },
  {
    n: 49,
    name: 'an interim answer goes on',
    answer: `HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n${OK}`,
    has: [/^HTTP\/1\.1 103 .*HTTP\/1\.1 200 /s],
    reusable: true,
  },
  {
    n: 49,
    name: 'HTTP/1.0 gets none',
    request: 'GET /1 HTTP/1.0\r\nHost: a\r\n\r\n',
    answer: `HTTP/1.1 103 Early Hints\r\n\r\n${OK}`,
    has: [/^HTTP\/1\.1 200 /],
    hasNot: [/103/],
    reusable: true,
  },
  {
    n: 49,
    name: 'a final answer before the body, which looks like a request',
    request: post(`Expect: 100-continue\r\nContent-Length: ${SMUGGLED.length}\r\n`, SMUGGLED),
    answer: 'HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n',
    has: [/^HTTP\/1\.1 403 /],
    hasNot: [/next/],
    reusable: true,
  },
  {
    n: 50,
    name: 'no switch, and bytes behind the request',
    request: `GET /1 HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n${SMUGGLED}`,
    answer: OK,
    has: [/^HTTP\/1\.1 200 /],
    reusable: false,
  },
  {
    n: 50,
    name: 'a switch that nobody asked for',
    answer:
      'HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\nhello',
    has: BAD_GATEWAY,
    hasNot: [/hello/],
    reusable: false,
  },
  {
    n: 50,
    name: 'a switch to another protocol',
    request: 'GET /1 HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n',
    answer: 'HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: irc\r\n\r\nhello',
    has: BAD_GATEWAY,
    hasNot: [/hello/],
    reusable: false,
  },
  {
    n: 51,
    name: 'a body to HEAD',
    request: HEAD,
    answer: OK,
    has: [/content-length: 2\r\n/i],
    hasNot: [/\r\n\r\nok/],
    reusable: false,
  },
  {
    n: 51,
    name: 'a body with 204',
    answer: 'HTTP/1.1 204 No Content\r\nContent-Length: 2\r\n\r\nok',
    has: [/^HTTP\/1\.1 204 /],
    hasNot: [/ok$/],
    reusable: false,
  },
  {
    n: 51,
    name: 'a body with 304',
    answer: 'HTTP/1.1 304 Not Modified\r\nETag: "x"\r\n\r\nok',
    has: [/^HTTP\/1\.1 304 /],
    hasNot: [/ok$/],
    reusable: false,
  },
  bad(
    'length and coding',
    'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n',
  ),
  bad('two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok!'),
  bad('NUL in a field', 'HTTP/1.1 200 OK\r\nX: a\0b\r\nContent-Length: 2\r\n\r\nok'),
  bad(
    'fields of 17 KiB',
    `HTTP/1.1 200 OK\r\nX: ${'a'.repeat(17 * 1024)}\r\nContent-Length: 2\r\n\r\nok`,
  ),
  bad('not HTTP', 'SSH-2.0-OpenSSH_9.2\r\n\r\n'),
  {
    n: 52,
    name: 'a bad chunk',
    answer: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\nzz\r\n',
    hasNot: [/\r\n0\r\n\r\n$/],
    reusable: false,
  },
  {
    n: 52,
    name: 'bytes after the end',
    answer: `${OK}HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nbad`,
    has: [/\r\n\r\nok/],
    hasNot: [/bad/],
    reusable: false,
  },
  {
    n: 52,
    name: 'an end in the middle of the body',
    answer: 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nok',
    closes: true,
    has: [/^HTTP\/1\.1 200 /],
    reusable: false,
  },
  {
    n: 52,
    name: 'chunks for HTTP/1.0',
    request: 'GET /1 HTTP/1.0\r\nHost: a\r\n\r\n',
    answer: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n',
    has: [/\r\n\r\nok$/],
    hasNot: [/chunked/i],
    reusable: true,
  },
]

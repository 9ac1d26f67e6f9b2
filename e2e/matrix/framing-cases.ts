import { CHUNKED, either, get, passed, post, type RequestCase, refused, SMUGGLED } from './case.ts'

const length = (value: string) => post(`Content-Length: ${value}\r\n`, 'hello')
const coding = (value: string) => post(`Transfer-Encoding: ${value}\r\n`, '5\r\nhello\r\n0\r\n\r\n')
const HELLO = { targets: ['/1'], bodies: ['hello'] }

/** Framing, i.e. where a body ends: 1 to 19. */
export const FRAMING_CASES: RequestCase[] = [
  refused(1, 'length and coding', post(`Content-Length: 5\r\n${CHUNKED}`, '0\r\n\r\n')),
  refused(
    2,
    'length and coding, a request behind',
    post(`Content-Length: 5\r\n${CHUNKED}`, `0\r\n\r\n${SMUGGLED}`),
  ),
  refused(3, 'lengths 5 and 6', post('Content-Length: 5\r\nContent-Length: 6\r\n', 'hello!')),
  either(4, 'length 5 twice', post('Content-Length: 5\r\nContent-Length: 5\r\n', 'hello'), HELLO),
  either(4, 'length "5, 5"', length('5, 5'), HELLO),
  refused(5, 'length "5,6"', length('5,6')),
  ...['+5', '-5', '0x5', '5_0', '1 2', ''].map((value) =>
    refused(6, `length "${value}"`, length(value)),
  ),
  either(7, 'length "005"', length('005'), { ...HELLO, hasNot: [/005/] }),
  ...[
    '9007199254740992',
    '18446744073709551616',
    '18446744073709551617',
    '100000000000000000005',
  ].map((value) => refused(8, `length ${value}`, length(value), 400, 413)),
  refused(9, 'space before the colon of a length', post('Content-Length : 5\r\n', 'hello')),
  refused(
    9,
    'space before the colon of a coding',
    post('Transfer-Encoding : chunked\r\n', '0\r\n\r\n'),
  ),
  ...['xchunked', 'identity', '"chunked"', '\x0bchunked'].map((value) =>
    refused(10, `coding ${JSON.stringify(value)}`, coding(value), 400, 501),
  ),
  refused(
    11,
    'an empty coding and a length',
    post('Transfer-Encoding:\r\nContent-Length: 5\r\n', 'hello'),
  ),
  ...[',chunked', 'chunked,'].map((value) =>
    either(12, `coding "${value}"`, coding(value), HELLO, 400, 501),
  ),
  refused(13, 'two lines of coding', post(`${CHUNKED}${CHUNKED}`, '0\r\n\r\n'), 400, 501),
  refused(13, 'coding "chunked, chunked"', coding('chunked, chunked'), 400, 501),
  refused(14, 'coding "chunked, gzip"', coding('chunked, gzip'), 400, 501),
  refused(15, 'coding "gzip, chunked"', coding('gzip, chunked'), 501, 400),
  refused(16, 'a folded coding', post('Transfer-Encoding:\r\n chunked\r\n', '0\r\n\r\n')),
  refused(17, 'a coding in HTTP/1.0', post(CHUNKED, '0\r\n\r\n').replace('HTTP/1.1', 'HTTP/1.0')),
  either(
    18,
    'a look-alike of a coding, and a length',
    post('Transfer_Encoding: chunked\r\nContent-Length: 5\r\n', 'hello'),
    {
      ...HELLO,
      hasNot: [/Transfer_Encoding/i],
    },
  ),
  passed(19, 'coding "Chunked"', coding('Chunked'), {
    ...HELLO,
    has: [/transfer-encoding: chunked\r\n/i],
    hasNot: [/Chunked\r\n/],
  }),
  passed(
    46,
    'a GET with a body',
    `GET /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello${get('', '/2')}`,
    {
      targets: ['/1', '/2'],
      bodies: ['hello', ''],
    },
  ),
]

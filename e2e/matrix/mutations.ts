import fc from 'fast-check'
import { get } from './case.ts'
import { REQUEST_CASES } from './cases.ts'
import { RESPONSE_CASES } from './response-cases.ts'

/** Text on which parsers differ: separators, framing, white space and look-alikes, line ends. */
const TOKENS = [
  ...[
    '\r\n',
    '\n',
    '\r',
    '\r\n\r\n',
    ' ',
    '\t',
    '\x0b',
    '\0',
    ':',
    ': ',
    ',',
    ';',
    '"',
    '_',
    '-',
    '.',
  ],
  ...[
    '0',
    '1',
    '5',
    'a',
    '0x',
    '+',
    'FFFFFFFF',
    '0\r\n\r\n',
    '5\r\nhello\r\n',
    '\r\n ',
    '\x85',
    '\xa0',
    '\xff',
  ],
  ...[
    'Content-Length: 5\r\n',
    'Content-Length: 0\r\n',
    'Transfer-Encoding: chunked\r\n',
    'Connection: close\r\n',
  ],
  ...[
    'Transfer-Encoding',
    'Content-Length',
    'chunked',
    'HTTP/1.1',
    'HTTP/1.0',
    'Host: a\r\n',
    'Connection: ',
  ],
  ...[
    'Expect: 100-continue\r\n',
    'Upgrade: websocket\r\nConnection: upgrade\r\n',
    'TE: trailers\r\n',
    'GET ',
    'POST ',
  ],
]

type Mutation = (text: string) => string

const place = fc.nat(4096)
/** A random position in the text. */
const at = (text: string, where: number) => (text.length === 0 ? 0 : where % text.length)

const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  fc.tuple(place, fc.constantFrom(...TOKENS)).map(
    ([where, token]): Mutation =>
      (text) => {
        const start = at(text, where)
        return text.slice(0, start) + token + text.slice(start)
      },
  ),
  fc.tuple(place, fc.integer({ min: 1, max: 8 })).map(
    ([where, count]): Mutation =>
      (text) => {
        const start = at(text, where)
        return text.slice(0, start) + text.slice(start + count)
      },
  ),
  fc.tuple(place, fc.integer({ min: 0, max: 255 })).map(
    ([where, byte]): Mutation =>
      (text) => {
        const start = at(text, where)
        return text.slice(0, start) + String.fromCharCode(byte) + text.slice(start + 1)
      },
  ),
  fc.tuple(place, place).map(
    ([from, where]): Mutation =>
      (text) => {
        const start = at(text, from)
        const line = text.slice(start, text.indexOf('\n', start) + 1)
        const target = at(text, where)
        return text.slice(0, target) + line + text.slice(target)
      },
  ),
)

/** Cases that are small enough to be sent thousands of times. */
const ROWS = REQUEST_CASES.map(({ bytes }) => bytes).filter((bytes) => bytes.length < 2000)

/** Up to three consecutive requests, latin1: mutated cases of the matrix or plain requests. */
export const mutated: fc.Arbitrary<string> = fc
  .tuple(
    fc.array(fc.constantFrom(...ROWS, get(), get('', '/2')), { minLength: 1, maxLength: 3 }),
    fc.array(mutation, { maxLength: 6 }),
  )
  .map(([rows, mutations]) => mutations.reduce((text, mutate) => mutate(text), rows.join('')))

const ANSWERS = RESPONSE_CASES.map(({ answer }) => answer).filter((bytes) => bytes.length < 2000)

const PLAIN_ANSWER = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'

/** One or two consecutive responses, likewise. */
export const mutatedAnswers: fc.Arbitrary<string> = fc
  .tuple(
    fc.array(fc.constantFrom(...ANSWERS, PLAIN_ANSWER), { minLength: 1, maxLength: 2 }),
    fc.array(mutation, { maxLength: 6 }),
  )
  .map(([rows, mutations]) => mutations.reduce((text, mutate) => mutate(text), rows.join('')))

/** The size of the pieces in which bytes are sent. */
export const pieces: fc.Arbitrary<number> = fc.constantFrom(65_536, 65_536, 1, 7, 64)

import { CHUNKED, either, passed, post, type RequestCase, refused, SMUGGLED } from './case.ts'

const chunks = (body: string) => post(CHUNKED, body)
const HELLO = { targets: ['/1'], bodies: ['hello'] }
/** The head is valid, so a server may have received it. It must never receive a complete request. */
const broken = (n: number, name: string, body: string, ...statuses: number[]): RequestCase =>
  refused(n, name, chunks(body), ...statuses)
const trailer = (line: string) => chunks(`5\r\nhello\r\n0\r\n${line}\r\n\r\n`)

/** Chunked bodies: 20 to 29. */
export const CHUNK_CASES: RequestCase[] = [
  ...['0x5', '+5', '-5', '5_0', ' 5', '', '00000000000000005'].map((size) =>
    broken(20, `size "${size}"`, `${size}\r\nhello\r\n0\r\n\r\n`, 400, 413),
  ),
  either(21, 'size "5 "', chunks('5 \r\nhello\r\n0\r\n\r\n'), { ...HELLO, hasNot: [/5 \r/] }),
  broken(22, 'LF alone after a size', '5\nhello\r\n0\r\n\r\n'),
  broken(22, 'LF alone after data', '5\r\nhello\n0\r\n\r\n'),
  broken(22, 'LF alone after the last chunk', '5\r\nhello\r\n0\n\r\n'),
  broken(22, 'LF alone after an extension', '5;a=b\nhello\r\n0\r\n\r\n'),
  broken(23, 'CR alone in an extension', '5;a\rb\r\nhello\r\n0\r\n\r\n'),
  broken(24, 'more data than the size says', `5\r\nhello!\r\n0\r\n\r\n${SMUGGLED}`),
  passed(25, 'an extension', chunks('5;a=b\r\nhello\r\n0\r\n\r\n'), { ...HELLO, hasNot: [/a=b/] }),
  broken(
    26,
    'an extension of 64 KB',
    `5;${'a'.repeat(65_536)}\r\nhello\r\n0\r\n\r\n`,
    400,
    413,
    431,
  ),
  ...['Content-Length: 5', 'Host: b', 'Transfer-Encoding: gzip', 'Authorization: Basic eA=='].map(
    (line) =>
      either(27, `trailer ${line}`, trailer(line), {
        ...HELLO,
        hasNot: [new RegExp(`0\r\n${line}`, 'i')],
      }),
  ),
  passed(28, 'trailer X-Sum', trailer('X-Sum: 9'), HELLO),
  {
    ...broken(29, 'the end in the middle of a chunk', '5\r\nhel'),
    last: true,
    refuse: [],
    pass: { targets: [] },
  },
  {
    ...refused(29, 'the end in the middle of a length', post('Content-Length: 5\r\n', 'hel')),
    last: true,
    refuse: [],
    pass: { targets: [] },
  },
]

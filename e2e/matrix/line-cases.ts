import { either, get, passed, post, type RequestCase, refused } from './case.ts'

const line = (text: string) => `${text}\r\nHost: a\r\n\r\n`
const ONE = { targets: ['/1'] }

/** Request lines, fields, targets: 30 to 45, and the limits. */
export const LINE_CASES: RequestCase[] = [
  either(30, 'LF alone ends a line', 'GET /1 HTTP/1.1\nHost: a\n\n', ONE),
  either(30, 'LF alone ends a field', 'GET /1 HTTP/1.1\r\nHost: a\nX: 1\r\n\r\n', ONE),
  refused(31, 'CR alone in a value', get('X: a\rb\r\n')),
  refused(31, 'NUL in a value', get('X: a\0b\r\n')),
  either(32, 'a folded line', get('X: a\r\n b\r\n'), { ...ONE, hasNot: [/a\r\n/] }),
  refused(33, 'white space before the first field', 'GET /1 HTTP/1.1\r\n Host: a\r\n\r\n'),
  refused(34, 'no colon', get('X-One\r\n')),
  refused(34, 'an empty name', get(': 1\r\n')),
  refused(34, 'a control character in a name', get('X\x01: 1\r\n')),
  refused(34, '8 bits in a name', get('X\xe9: 1\r\n')),
  refused(35, 'no Host', 'GET /1 HTTP/1.1\r\n\r\n'),
  refused(36, 'two different Hosts', get('Host: b\r\n')),
  refused(36, 'the same Host twice', get('Host: a\r\n')),
  ...['u@a', 'a, b', 'a/x'].map((host) =>
    refused(37, `Host "${host}"`, `GET /1 HTTP/1.1\r\nHost: ${host}\r\n\r\n`),
  ),
  either(38, 'an absolute address with another Host', get('', 'http://b/1'), {
    targets: ['/1'],
    has: [/host: b\r\n/i],
  }),
  refused(39, 'HTTP/0.9', 'GET /1\r\n\r\n', 400, 505),
  refused(39, 'HTTP/2.0', line('GET /1 HTTP/2.0'), 400, 505),
  refused(39, 'http/1.1', line('GET /1 http/1.1'), 400, 505),
  passed(40, 'HTTP/1.2', line('GET /1 HTTP/1.2'), { ...ONE, has: [/^GET \/1 HTTP\/1\.1\r\n/] }),
  refused(41, 'two spaces', line('GET  /1 HTTP/1.1')),
  refused(41, 'a tab', line('GET\t/1 HTTP/1.1')),
  ...['/a b', '/\0', '/\xe9', '/a#b'].map((target) =>
    refused(42, `address ${JSON.stringify(target)}`, get('', target)),
  ),
  refused(43, 'GET *', get('', '*'), 400, 405),
  refused(43, 'CONNECT', 'CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n', 400, 405),
  refused(43, 'TRACE', 'TRACE /1 HTTP/1.1\r\nHost: a\r\n\r\n', 400, 405, 501),
  passed(44, 'an empty line before', `\r\n${get()}`, ONE),
  refused(44, 'empty lines without end', '\r\n'.repeat(20_000)),
  refused(45, "HTTP/2's preface", 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400, 405, 505),
  refused(53.1, 'fields of 17 KiB', get(`X: ${'a'.repeat(17 * 1024)}\r\n`), 431, 400),
  refused(53.1, '101 fields', get('X: a\r\n'.repeat(101)), 431, 400),
  refused(53.1, 'an address of 9 KiB', get('', `/${'a'.repeat(9 * 1024)}`), 414, 400),
  refused(
    53.1,
    'a head of 20 KiB that never ends',
    `GET /1 HTTP/1.1\r\nHost: a\r\n${'X: aaaaaaaaaaaaaa\r\n'.repeat(1100)}`,
    431,
    400,
  ),
  passed(
    53.1,
    'a body of 20 KiB',
    post(`Content-Length: ${20 * 1024}\r\n`, 'a'.repeat(20 * 1024)),
    ONE,
  ),
]

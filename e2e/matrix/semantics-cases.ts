import { CHUNKED, either, get, passed, type RequestCase, refused, SMUGGLED } from './case.ts'

const ONE = { targets: ['/1'] }
const LIED = [
  'X-Forwarded-For: 6.6.6.6',
  'X_Forwarded_For: 6.6.6.6',
  'X-Real-IP: 6.6.6.6',
  'Forwarded: for=6.6.6.6',
  'X-Real_IP: 6.6.6.6',
]

/** The meaning of fields between client and server: 47, 48, 50, 53. */
export const SEMANTICS_CASES: RequestCase[] = [
  passed(47, 'a field that Connection names', get('Connection: X-Secret\r\nX-Secret: 1\r\n'), {
    ...ONE,
    hasNot: [/X-Secret/i],
  }),
  passed(
    47,
    'Keep-Alive, Proxy-Connection, TE',
    get('Keep-Alive: timeout=5\r\nProxy-Connection: keep-alive\r\nTE: gzip\r\n'),
    {
      ...ONE,
      hasNot: [/^keep-alive:/im, /proxy-connection/i, /gzip/i],
    },
  ),
  either(48, 'Connection names Host', get('Connection: Host\r\n'), {
    ...ONE,
    has: [/^host: a\r$/im],
  }),
  either(
    48,
    'Connection names the length',
    `POST /1 HTTP/1.1\r\nHost: a\r\nConnection: Content-Length\r\nContent-Length: ${SMUGGLED.length}\r\n\r\n${SMUGGLED}`,
    {
      targets: ['/1'],
      bodies: [SMUGGLED],
    },
  ),
  either(
    48,
    'Connection names the coding',
    `POST /1 HTTP/1.1\r\nHost: a\r\nConnection: Transfer-Encoding\r\n${CHUNKED}\r\n0\r\n\r\n`,
    ONE,
  ),
  either(48, 'Connection names X-Forwarded-For', get('Connection: X-Forwarded-For\r\n'), {
    ...ONE,
    has: [/^x-forwarded-for: 127\./im],
  }),
  refused(49, 'an unknown expectation', get('Expect: the impossible\r\n'), 417),
  {
    ...passed(
      49,
      'an expectation in HTTP/1.0',
      'POST /1 HTTP/1.0\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\nhello',
      { ...ONE, bodies: ['hello'], hasNot: [/expect/i] },
    ),
    last: true,
  },
  passed(50, 'Upgrade that Connection does not name', get('Upgrade: websocket\r\n'), {
    ...ONE,
    hasNot: [/upgrade/i],
  }),
  passed(
    50,
    'Upgrade to h2c',
    get('Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n'),
    {
      ...ONE,
      hasNot: [/h2c/i, /http2-settings/i],
    },
  ),
  ...LIED.map((field) =>
    passed(53, field, get(`${field}\r\n`), { ...ONE, hasNot: [/6\.6\.6\.6/] }),
  ),
  passed(53, 'Via is said', get(), { ...ONE, has: [/^via: 1\.1 /im] }),
]

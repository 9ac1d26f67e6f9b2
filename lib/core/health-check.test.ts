import { describe, expect, test } from 'vitest'
import { checkKindOf } from './check-kind.ts'
import { HealthCheckInput } from './health-check.ts'
import { parseCheckTarget } from './health-check-text.ts'

const minimal = { port: 80, check_max_retries: 2 }

describe('health check requests', () => {
  test('without a type it is a TCP check, and only that key is there', () => {
    const check = HealthCheckInput.parse(minimal)
    expect(check).toEqual({
      ...minimal,
      check_delay: null,
      check_timeout: null,
      check_send_proxy: false,
      transient_check_delay: null,
      tcp_config: {},
    })
    expect(checkKindOf(check)).toBe('tcp')
  })

  test('an HTTP check takes its defaults', () => {
    const check = HealthCheckInput.parse({ ...minimal, http_config: { uri: '/health' } })
    expect(check.http_config).toEqual({ uri: '/health', method: 'GET', code: 200, host_header: '' })
    expect(check).not.toHaveProperty('tcp_config')
    expect(checkKindOf(check)).toBe('http')
  })

  test('an empty method and code 0, as SDKs send them, are GET and 200', () => {
    for (const kind of ['http_config', 'https_config'] as const) {
      const config = { uri: '/', method: ' ', code: 0, host_header: '' }
      const check = HealthCheckInput.parse({ ...minimal, [kind]: config })
      expect(check[kind]).toMatchObject({ method: 'GET', code: 200 })
    }
    const config = (changes: object) => ({ uri: '/', method: 'HEAD', code: 204, ...changes })
    const kept = HealthCheckInput.parse({ ...minimal, http_config: config({}) })
    expect(kept.http_config).toMatchObject({ method: 'HEAD', code: 204 })
    for (const wrong of [
      { method: 'G' },
      { method: 'GE T' },
      { code: 1 },
      { code: 99 },
      { code: 600 },
    ]) {
      const input = { ...minimal, http_config: config(wrong) }
      expect([wrong, HealthCheckInput.safeParse(input).success]).toEqual([wrong, false])
    }
  })

  test('an absolute URI is taken, as clients send it', () => {
    const https_config = {
      uri: 'http://test.com/health',
      code: 404,
      method: 'POST',
      sni: 'test.com',
    }
    expect(HealthCheckInput.safeParse({ ...minimal, https_config }).success).toBe(true)
  })

  test.each([
    ['/caf\u00e9?\u010d\u010a', '/caf%C3%A9?%C4%8D%C4%8A'],
    ['/a%zz"<>', '/a%zz"<>'],
    ['/a#b', '/a'],
    ['HTTP://Test.com/health?a#b', '/health?a'],
    ['https://b\u00fccher.example', '/'],
    ['https://[::1]:81/\u00e9\\x', '/%C3%A9/x'],
  ])('%j requests %s', (uri, target) => {
    expect(HealthCheckInput.safeParse({ ...minimal, http_config: { uri } }).success).toBe(true)
    expect(parseCheckTarget(uri)).toBe(target)
  })

  test.each([
    'www.example.com',
    'Example.com.:0080',
    '[2001:db8::1]:80',
    'b\u00fccher.example',
    '',
  ])('the host %j is taken as it is written', (host_header) => {
    const check = HealthCheckInput.parse({ ...minimal, http_config: { uri: '/', host_header } })
    expect(check.http_config?.host_header).toBe(host_header)
  })

  test.each<[string, object, string]>([
    ['no port', { check_max_retries: 2 }, 'port'],
    ['no retries', { port: 80 }, 'check_max_retries'],
    ['a port of 0', { ...minimal, port: 0 }, 'port'],
    ['no path', { ...minimal, http_config: {} }, 'http_config.uri'],
    [
      'a path with a line break',
      { ...minimal, http_config: { uri: '/a\r\nb' } },
      'http_config.uri',
    ],
    ['a code of 99', { ...minimal, http_config: { uri: '/', code: 99 } }, 'http_config.code'],
    ['two types', { ...minimal, tcp_config: {}, redis_config: {} }, 'redis_config'],
    ['no user', { ...minimal, pgsql_config: { user: '' } }, 'pgsql_config.user'],
    [
      'a lone surrogate as a user',
      { ...minimal, mysql_config: { user: '\ud800' } },
      'mysql_config.user',
    ],
    ...[
      'http://<server>/health',
      'http://',
      'http:///a',
      'health',
      'ftp://a/',
      '/a b',
      '/a\u2028b',
      '/\ud83d',
    ].map((uri): [string, object, string] => [
      `the path ${JSON.stringify(uri)}`,
      { ...minimal, http_config: { uri } },
      'http_config.uri',
    ]),
    ...['x\u010d\u010aX-Injected:yes', 'a b', 'a/b', 'user@a', 'a:0', 'a:b', '::1', '\ud800'].map(
      (host_header): [string, object, string] => [
        `the host ${JSON.stringify(host_header)}`,
        { ...minimal, http_config: { uri: '/', host_header } },
        'http_config.host_header',
      ],
    ),
    ...['a.example:443', '10.0.0.1', '[::1]', '*.example', 'a..example'].map(
      (sni): [string, object, string] => [
        `the server name ${JSON.stringify(sni)}`,
        { ...minimal, https_config: { uri: '/', sni } },
        'https_config.sni',
      ],
    ),
  ])('%s is refused at its field', (_, sent, field) => {
    const issues = HealthCheckInput.safeParse(sent).error?.issues
    expect(issues?.map(({ path }) => path.join('.'))).toContain(field)
  })
})

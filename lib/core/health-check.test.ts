import { describe, expect, test } from 'vitest'
import { checkKindOf } from './check-kind.ts'
import { HealthCheckInput } from './health-check.ts'

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
  ])('%s is refused at its field', (_, sent, field) => {
    const issues = HealthCheckInput.safeParse(sent).error?.issues
    expect(issues?.map(({ path }) => path.join('.'))).toContain(field)
  })
})

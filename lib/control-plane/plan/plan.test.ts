import { describe, expect, test } from 'vitest'
import { DesiredConfig } from '#lib/protocol/desired-config.ts'
import type { BackendRow, FrontendRow, LbRow } from '../store/tables.ts'
import { plan } from './plan.ts'

const AT = '2026-07-21T10:17:00.000001Z'

const lb: LbRow = {
  id: 'lb-1',
  name: 'shop',
  description: '',
  region: 'fr-par',
  zone: 'fr-par-1',
  organization_id: 'o',
  project_id: 'p',
  type: 'lb-s',
  tags: [],
  ssl_compatibility_level: 'ssl_compatibility_level_intermediate',
  master: 'b',
  generation: 7,
  changed_at: AT,
  revision: 'r7',
  subscriber_id: null,
  created_at: AT,
  updated_at: AT,
}

const bare: BackendRow = {
  id: 'backend-1',
  lb_id: 'lb-1',
  name: 'web',
  forward_protocol: 'http',
  forward_port: 8080,
  forward_port_algorithm: 'roundrobin',
  sticky_sessions: 'none',
  sticky_sessions_cookie_name: 'unused',
  sticky_sessions_nocache: true,
  health_check: {
    port: 8081,
    check_delay: null,
    check_timeout: null,
    check_max_retries: 2,
    check_send_proxy: false,
    transient_check_delay: null,
    tcp_config: {},
  },
  servers: ['10.0.0.2', '2001:db8::1', '10.0.0.1'],
  send_proxy_v2: false,
  proxy_protocol: 'proxy_protocol_unknown',
  timeout_server: null,
  timeout_connect: null,
  timeout_tunnel: null,
  timeout_queue: null,
  on_marked_down_action: 'on_marked_down_action_none',
  host: '',
  failover_host: null,
  ssl_bridging: false,
  ignore_ssl_server_verify: null,
  redispatch_attempt_count: null,
  max_retries: null,
  max_connections: null,
  created_at: AT,
  updated_at: AT,
}

const frontend: FrontendRow = {
  id: 'frontend-1',
  lb_id: 'lb-1',
  backend_id: 'backend-1',
  name: 'http',
  inbound_port: 80,
  timeout_client: null,
  connection_rate_limit: null,
  enable_access_logs: false,
  enable_http3: false,
  created_at: AT,
  updated_at: AT,
}

const none = { carriage: null, backends: [], frontends: [], routes: [], acls: [] }

const planned = (backend: Partial<BackendRow>) =>
  plan({ ...none, lb, address: '127.51.0.1', backends: [{ ...bare, ...backend }] }).backends[0]

describe('plan', () => {
  test('sets every default', () => {
    const config = plan({
      ...none,
      lb,
      address: '127.51.0.1',
      backends: [bare],
      frontends: [frontend],
    })
    expect(config).toEqual({
      lb_id: 'lb-1',
      generation: 7,
      revision: 'r7',
      changed_at: AT,
      region: 'fr-par',
      address: '127.51.0.1',
      master: 'b',
      carriage: null,
      limits: { connections: 20_000, bandwidth: 200_000_000 },
      frontends: [
        {
          id: 'frontend-1',
          name: 'http',
          port: 80,
          backend_id: 'backend-1',
          client_timeout: 300_000,
          connection_rate_limit: null,
          access_log: false,
          acls: [],
          routes: [],
        },
      ],
      backends: [
        {
          id: 'backend-1',
          name: 'web',
          protocol: 'http',
          port: 8080,
          algorithm: 'roundrobin',
          sticky: { type: 'none' },
          servers: ['10.0.0.2', '2001:db8::1', '10.0.0.1'],
          health_check: {
            kind: { type: 'tcp' },
            port: 8081,
            delay: 3000,
            transient_delay: 500,
            timeout: 1000,
            retries: 2,
            send_proxy: false,
          },
          proxy_protocol: 'none',
          tls: null,
          timeouts: { connect: 5000, server: 300_000, tunnel: 900_000, queue: 60_000 },
          max_retries: 3,
          redispatch_after: null,
          max_connections: null,
          shutdown_sessions_when_down: false,
          host: null,
          failover_host: null,
        },
      ],
    })
    expect(DesiredConfig.parse(config)).toEqual(config)
  })

  test('uses every value that is set', () => {
    expect(
      planned({
        timeout_connect: 1,
        timeout_server: 2,
        timeout_tunnel: 3,
        timeout_queue: '0.500s',
        max_retries: 0,
        redispatch_attempt_count: 2,
        max_connections: 9,
        on_marked_down_action: 'shutdown_sessions',
        sticky_sessions: 'cookie',
        sticky_sessions_cookie_name: 'sid',
        sticky_sessions_nocache: false,
        host: 'app.example.com:81',
        failover_host: 'sorry.example.com',
      }),
    ).toMatchObject({
      timeouts: { connect: 1, server: 2, tunnel: 3, queue: 500 },
      max_retries: 0,
      redispatch_after: 2,
      max_connections: 9,
      shutdown_sessions_when_down: true,
      sticky: { type: 'cookie', name: 'sid', nocache: false },
      host: 'app.example.com:81',
      failover_host: 'sorry.example.com',
    })
  })

  test('zeros that mean "unset" become null or the default', () => {
    const zeros = { timeout_queue: '0s', redispatch_attempt_count: 0, max_connections: 0 }
    expect(planned({ ...zeros, failover_host: '' })).toMatchObject({
      failover_host: null,
      timeouts: { queue: 60_000 },
      redispatch_after: null,
      max_connections: null,
    })
  })

  test('a timeout of 0 becomes the longest timer, and zeros of a check become its defaults', () => {
    const longest = 2_147_483_647
    const zeros = { timeout_connect: 0, timeout_server: 0, timeout_tunnel: 0 }
    const check = { ...bare.health_check, check_delay: 0, check_timeout: 0 }
    const backend = { ...bare, ...zeros, health_check: { ...check, transient_check_delay: '0s' } }
    const rules = { backends: [backend], frontends: [{ ...frontend, timeout_client: 0 }] }
    const desired = plan({ ...none, lb, address: '127.51.0.1', ...rules })
    expect(desired.backends[0]).toMatchObject({
      timeouts: { connect: longest, server: longest, tunnel: longest },
      health_check: { delay: 3000, timeout: 1000, transient_delay: 500 },
    })
    expect(desired.frontends[0]?.client_timeout).toBe(longest)
    expect(DesiredConfig.safeParse(desired).success).toBe(true)
  })

  test.each([
    [{ proxy_protocol: 'proxy_protocol_v1' }, 'v1'],
    [{ proxy_protocol: 'proxy_protocol_v2_ssl_cn' }, 'v2_ssl_cn'],
    [{ proxy_protocol: 'proxy_protocol_none', send_proxy_v2: true }, 'none'],
    [{ proxy_protocol: 'proxy_protocol_unknown', send_proxy_v2: true }, 'v2'],
  ] as const)('%j sends PROXY protocol %s', (backend, version) => {
    expect(planned(backend)?.proxy_protocol).toBe(version)
  })

  const http = { method: 'GET', uri: '/up', code: 204, host_header: 'a.example' }
  const request = { method: 'GET', uri: '/up', code: 204, host: 'a.example' }
  test.each([
    [{ http_config: http }, { type: 'http', ...request }],
    [
      { https_config: { ...http, sni: 's.example' } },
      { type: 'https', ...request, sni: 's.example' },
    ],
    [{ mysql_config: { user: 'u' } }, { type: 'mysql', user: 'u' }],
    [{ pgsql_config: { user: 'u' } }, { type: 'pgsql', user: 'u' }],
    [{ redis_config: {} }, { type: 'redis' }],
    [{ ldap_config: {} }, { type: 'ldap' }],
  ])('a check with %j is %j', (config, kind) => {
    const { tcp_config: _tcp, ...check } = bare.health_check
    const health_check = { ...check, check_delay: 10, transient_check_delay: '1.500s', ...config }
    expect(planned({ health_check })?.health_check).toMatchObject({
      kind,
      delay: 10,
      transient_delay: 1500,
    })
  })

  test.each([
    [
      { http_config: { ...http, host_header: '' } },
      { type: 'http', ...request, host: 'app.example' },
    ],
    [{ http_config: http }, { type: 'http', ...request }],
    [
      { https_config: { ...http, host_header: '', sni: '' } },
      { type: 'https', ...request, host: 'app.example', sni: '' },
    ],
    [{ mysql_config: { user: 'u' } }, { type: 'mysql', user: 'u' }],
  ])('if the backend has a host, a check with %j is %j', (config, kind) => {
    const { tcp_config: _tcp, ...check } = bare.health_check
    const health_check = { ...check, ...config }
    expect(planned({ host: 'app.example', health_check })?.health_check.kind).toEqual(kind)
  })

  const httpsCheck = (sni: string) => ({
    ...bare.health_check,
    https_config: { method: 'GET', uri: '/', code: 200, host_header: 'h', sni },
  })
  test.each<[Partial<BackendRow>, object | null]>([
    [{ host: 'app.test' }, null],
    [
      { host: 'app.test:81', ssl_bridging: true },
      { verify: true, server_name: 'app.test:81' },
    ],
    [
      { host: 'app.test', ssl_bridging: true, health_check: httpsCheck('shop.test') },
      { verify: true, server_name: 'app.test' },
    ],
    [{ ssl_bridging: false, ignore_ssl_server_verify: true }, null],
    [{ ssl_bridging: true }, { verify: true, server_name: null }],
    [
      { ssl_bridging: true, ignore_ssl_server_verify: true },
      { verify: false, server_name: null },
    ],
    [
      {
        ssl_bridging: true,
        health_check: httpsCheck('shop.test'),
      },
      { verify: true, server_name: 'shop.test' },
    ],
  ])('TLS to servers: %j', (backend, tls) => {
    expect(planned(backend)?.tls).toEqual(tls)
  })

  test('a load balancer without an IP has the address null', () => {
    const config = plan({ ...none, lb, address: null })
    expect(config).toMatchObject({ address: null, frontends: [], backends: [] })
  })
})

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  backendInput,
  type RunningControlPlane,
  runControlPlane,
} from '#lib/testing/control-plane/running-control-plane.ts'

/** The keys of the real API's objects, as its answers have been recorded. */
const KEYS = {
  lb: 'backend_count created_at description frontend_count id instances ip name organization_id private_network_count project_id region route_count ssl_compatibility_level status subscriber tags type updated_at zone',
  instance: 'created_at id ip_address region status updated_at zone',
  ip: 'id ip_address lb_id organization_id project_id region reverse tags zone',
  backend:
    'created_at failover_host forward_port forward_port_algorithm forward_protocol health_check host id ignore_ssl_server_verify lb max_connections max_retries name on_marked_down_action pool proxy_protocol redispatch_attempt_count send_proxy_v2 ssl_bridging sticky_sessions sticky_sessions_cookie_name timeout_connect timeout_queue timeout_server timeout_tunnel updated_at',
  healthCheck:
    'check_delay check_max_retries check_send_proxy check_timeout port tcp_config transient_check_delay',
  frontend:
    'backend certificate certificate_ids connection_rate_limit created_at enable_access_logs enable_http3 id inbound_port lb name timeout_client updated_at',
  serverStats:
    'backend_id instance_id ip last_health_check_status server_state server_state_changed_at',
}
const FAIRLEADS_OWN = ['active', 'cluster', 'role']

const keys = (value: object) => Object.keys(value).toSorted()
const expected = (name: keyof typeof KEYS) => KEYS[name].split(' ')

let controlPlane: RunningControlPlane
beforeAll(async () => {
  controlPlane = await runControlPlane()
})
afterAll(() => controlPlane.stop())

const PARIS = '/lb/v1/zones/fr-par-1'
const call = async (method: string, path: string, body?: unknown) =>
  (await controlPlane.call(method, PARIS + path, body)).body

describe('objects have the keys of the real API', () => {
  test('of all kinds', async () => {
    const lb = await call('POST', '/lbs', { name: 'test-lb-basic', type: 'LB-S', tags: ['basic'] })
    expect(keys(lb)).toEqual(expected('lb'))
    expect(lb).toMatchObject({ type: 'lb-s', status: 'to_create', instances: [], subscriber: null })
    expect(keys(lb.ip[0])).toEqual(expected('ip'))
    expect(lb.ip[0].lb_id).toBe(lb.id)
    expect(lb.created_at).toBe(lb.updated_at)

    const ready = await call('GET', `/lbs/${lb.id}`)
    expect(keys(ready.instances[0])).toEqual([...expected('instance'), ...FAIRLEADS_OWN].toSorted())
    expect(ready.instances).toHaveLength(2)

    const backend = await call('POST', `/lbs/${lb.id}/backends`, backendInput())
    expect(keys(backend)).toEqual(expected('backend'))
    expect(keys(backend.health_check)).toEqual(expected('healthCheck'))
    expect(keys(backend.lb)).toEqual(expected('lb'))
    expect(backend.lb.backend_count).toBe(1)

    const frontend = await call('POST', `/lbs/${lb.id}/frontends`, {
      name: 'tf-test',
      inbound_port: 80,
      backend_id: backend.id,
    })
    expect(keys(frontend)).toEqual(expected('frontend'))
    expect(keys(frontend.backend)).toEqual(expected('backend'))
    expect(keys(frontend.backend.lb)).toEqual(expected('lb'))
    expect(frontend.lb).toMatchObject({ backend_count: 1, frontend_count: 1 })

    const stats = await call('GET', `/lbs/${lb.id}/stats`)
    expect(keys(stats)).toEqual(['backend_servers_stats'])
    expect(keys(stats.backend_servers_stats[0])).toEqual(expected('serverStats'))
  })
})

describe('defaults of omitted fields', () => {
  test('of a backend', async () => {
    const lb = await call('POST', '/lbs', { name: 'x' })
    const backend = await call('POST', `/lbs/${lb.id}/backends`, backendInput({ server_ip: null }))
    expect(backend).toMatchObject({
      failover_host: null,
      ignore_ssl_server_verify: null,
      redispatch_attempt_count: null,
      max_connections: null,
      max_retries: null,
      timeout_queue: null,
      timeout_server: null,
      timeout_connect: null,
      timeout_tunnel: null,
      ssl_bridging: false,
      send_proxy_v2: false,
      proxy_protocol: 'proxy_protocol_unknown',
      sticky_sessions: 'none',
      sticky_sessions_cookie_name: '',
      on_marked_down_action: 'on_marked_down_action_none',
      host: '',
      pool: [],
      health_check: { check_send_proxy: false, tcp_config: {}, transient_check_delay: null },
    })
  })

  test('zeros and durations are returned as they were sent', async () => {
    const lb = await call('POST', '/lbs', { name: 'x' })
    const sent = { timeout_queue: '0.000000000s', max_retries: 0, redispatch_attempt_count: 0 }
    const backend = await call('POST', `/lbs/${lb.id}/backends`, backendInput(sent))
    expect(backend).toMatchObject({ ...sent, timeout_queue: '0s' })
    const path = `/backends/${backend.id}/healthcheck`
    const check = { port: 80, check_max_retries: 2, transient_check_delay: '0.500000000s' }
    expect(await call('PUT', path, { ...check, check_delay: 60_000 })).toEqual({
      port: 80,
      check_max_retries: 2,
      check_delay: 60_000,
      check_timeout: null,
      check_send_proxy: false,
      transient_check_delay: '0.500s',
      tcp_config: {},
    })
    const frontend = await call('POST', `/lbs/${lb.id}/frontends`, {
      name: 'x',
      inbound_port: 80,
      backend_id: backend.id,
      connection_rate_limit: 0,
    })
    expect(frontend).toMatchObject({
      connection_rate_limit: null,
      timeout_client: null,
      certificate: null,
      certificate_ids: [],
      enable_http3: false,
      enable_access_logs: false,
    })
  })

  test('of a load balancer and an IP', async () => {
    const input = {
      name: 'x',
      tags: null,
      ssl_compatibility_level: 'ssl_compatibility_level_unknown',
    }
    expect(await call('POST', '/lbs', input)).toMatchObject({
      description: '',
      tags: [],
      ssl_compatibility_level: 'ssl_compatibility_level_intermediate',
      region: 'fr-par',
      zone: 'fr-par-1',
    })
    const ip = await call('POST', '/ips', { is_ipv6: false, tags: null })
    expect(ip).toMatchObject({ lb_id: null, tags: [] })
    expect(ip.reverse).toBe(`${ip.ip_address.replaceAll('.', '-')}.lb.fr-par.scw.cloud`)
  })
})

describe('lists', () => {
  test.each([
    ['/lbs', 'lbs'],
    ['/ips', 'ips'],
    ['/lb-types', 'lb_types'],
  ])('%s has %s and total_count', async (path, name) => {
    const list = await call('GET', path)
    expect(keys(list)).toEqual([name, 'total_count'].toSorted())
  })

  test('another zone is empty', async () => {
    const path = '/lb/v1/zones/fr-par-2/lbs'
    expect((await controlPlane.call('GET', path)).body).toEqual({ lbs: [], total_count: 0 })
  })
})

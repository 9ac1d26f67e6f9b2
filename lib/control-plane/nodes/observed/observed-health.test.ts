import { expect, test } from 'vitest'
import type { ObservedServer } from '#lib/core/observed.ts'
import { instanceState, lbReport, listener, server } from '#lib/testing/control-plane/reports.ts'
import { NO_RULES, type Rules } from '../../store/load-rules.ts'
import { observedHealth } from './observed-health.ts'

const backend = (id: string, ...servers: string[]): Rules['backends'][number] => ({
  ...{ id, name: id, servers, host: '', ssl_bridging: false, failover_host: null },
  ...{ forward_protocol: 'http', sticky_sessions: 'none', sticky_sessions_cookie_name: '' },
})
const frontend = (id: string, backend_id: string) => ({
  ...{ id, name: id, backend_id, enable_http3: false },
})

/** The health of a load balancer whose active instance reports these servers. */
function health(
  rules: Partial<Rules>,
  servers: ObservedServer[],
  responses = { total: 0, errors: 0 },
) {
  const listeners = [listener('listening')]
  const active = lbReport({ lb_id: 'x', active: true, listeners, servers })
  const standby = lbReport({ lb_id: 'x', listeners: [listener('standby')] })
  const state = {
    ...({ id: 'x', name: 'shop', master: 'a' } as const),
    instances: [instanceState('a', active), instanceState('b', standby)],
    lifecycle: { createdAt: 0, servedAt: null, wasReady: true },
    ...{ generation: 1, changedAt: '2026-07-21T10:17:00Z', divergence: null },
    ...{ hasAddress: true, startedAt: 0, now: 60_000 },
  }
  return observedHealth(state, { ...NO_RULES, ...rules }, responses)
}

const A = '10.0.0.1'
const B = '10.0.0.2'
const C = '10.0.0.3'

test('a partial outage is a problem of its backend, with the last answers, since the first server went down', () => {
  const down = [
    { ...server('web', B, 'down'), since: '2026-07-21T10:20:00Z', reason: 'HTTP 500' },
    { ...server('web', C, 'down'), since: '2026-07-21T10:18:00Z' },
  ]
  const rules = { frontends: [frontend('http', 'web')], backends: [backend('web', A, B, C)] }
  const found = health(rules, [server('web', A, 'up'), ...down])
  expect(found).toEqual({
    health: { state: 'degraded', reason: '2 of 3 servers are down', frontends: [] },
    ...{ servers: 3, serversUp: 1 },
    problems: [
      {
        object: { type: 'backend', id: 'web', name: 'web' },
        severity: 'warning',
        message: '2 of 3 servers are down.',
        last_answer: `HTTP 500 (${B}); connection refused (${C})`,
        since: '2026-07-21T10:18:00Z',
        action: 'edit_health_check',
      },
    ],
  })
  const all = health(rules, [server('web', A, 'down'), ...down])
  expect(all.health).toEqual({
    state: 'failing',
    reason: 'Its frontend has no server that is up',
    frontends: [
      {
        frontend_id: 'http',
        state: 'failing',
        reason: 'All servers of backend "web" are down',
      },
    ],
  })
  // Since the last server went down.
  expect(all.problems).toMatchObject([{ severity: 'critical', since: '2026-07-21T10:20:00Z' }])
})

test('the servers are not listed if all are down with the same answer', () => {
  const rules = { frontends: [frontend('http', 'web')], backends: [backend('web', A, B, C)] }
  const { problems } = health(
    rules,
    [A, B, C].map((address) => server('web', address, 'down')),
  )
  expect(problems[0]?.last_answer).toBe('connection refused')
})

test('a frontend also forwards to the backends of its routes', () => {
  const rules = {
    frontends: [frontend('http', 'web'), frontend('admin', 'web')],
    backends: [backend('web', A), backend('api', B)],
    routes: [{ frontend_id: 'http', backend_id: 'api' }],
  }
  const found = health(rules, [server('web', A, 'up'), server('api', B, 'down')])
  expect(found.health.state).toBe('degraded')
  expect(found.health.frontends).toEqual([
    {
      frontend_id: 'http',
      state: 'degraded',
      reason: 'All servers of backend "api" of a route are down',
    },
  ])
  expect(found.problems).toMatchObject([{ object: { id: 'api' }, severity: 'warning' }])
})

test('a backend that no frontend uses affects no traffic', () => {
  const rules = {
    frontends: [frontend('http', 'web')],
    backends: [backend('web', A), backend('old', B), backend('new')],
  }
  const found = health(rules, [server('web', A, 'up'), server('old', B, 'down')])
  expect(found.health).toEqual({ state: 'healthy', reason: '', frontends: [] })
  expect(found.problems).toMatchObject([
    { object: { id: 'old' }, severity: 'info' },
    { object: { id: 'new' }, severity: 'info', action: 'add_servers' },
  ])
})

test('each server is counted once, and is up if it is in every backend', () => {
  const rules = {
    frontends: [frontend('http', 'web'), frontend('api', 'api')],
    backends: [backend('web', A, B, C), backend('api', A, B, C)],
  }
  const found = health(rules, [
    ...[server('web', A, 'up'), server('web', B, 'up'), server('web', C, 'unknown')],
    ...[server('api', A, 'up'), server('api', B, 'down'), server('api', C, 'up')],
  ])
  expect([found.servers, found.serversUp]).toEqual([3, 1])
  expect(found.health.reason).toBe('1 of 3 servers is down')
})

test('many 5xx responses degrade a load balancer', () => {
  const rules = { frontends: [frontend('http', 'web')], backends: [backend('web', A)] }
  const found = health(rules, [server('web', A, 'up')], { total: 11_226, errors: 6041 })
  expect(found.health).toMatchObject({
    state: 'degraded',
    reason: '54 % of responses are 5xx',
  })
  expect(found.problems).toMatchObject([
    {
      object: { type: 'load_balancer', id: 'x', name: 'shop' },
      message: '54 % of responses are 5xx. In the last 5 minutes, 6,041 of 11,226 were.',
      action: 'show_traffic',
    },
  ])
  expect(health(rules, [], { total: 1000, errors: 50 }).health.state).toBe('healthy')
})

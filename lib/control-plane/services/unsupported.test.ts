import { afterAll, beforeAll, expect, test } from 'vitest'
import { CAPABILITIES } from '#lib/core/capabilities.ts'
import {
  backendInput,
  type RunningControlPlane,
  runControlPlane,
} from '../testing/running-control-plane.ts'

const PARIS = '/lb/v1/regions/fr-par'
const all = { ...CAPABILITIES }

let controlPlane: RunningControlPlane
beforeAll(async () => {
  // As if nodes could do the least.
  Object.assign(CAPABILITIES, {
    algorithms: ['roundrobin'],
    sticky: ['none'],
    proxyProtocols: ['proxy_protocol_unknown', 'proxy_protocol_none'],
    checks: ['tcp'],
    connectionLimits: false,
    connectionRateLimit: false,
    accessLogs: false,
  } satisfies typeof CAPABILITIES)
  controlPlane = await runControlPlane()
})
afterAll(async () => {
  Object.assign(CAPABILITIES, all)
  await controlPlane.stop()
})

const call = async (method: string, path: string, body: unknown) =>
  (await controlPlane.call(method, PARIS + path, body)).body
const wrong = (body: { details: { argument_name: string }[] }) =>
  body.details.map(({ argument_name }) => argument_name)

const check = { port: 1, check_max_retries: 1, redis_config: {} }
const much = {
  forward_port_algorithm: 'leastconn',
  sticky_sessions: 'table',
  proxy_protocol: 'proxy_protocol_v1',
  send_proxy_v2: true,
  max_connections: 5,
}
const frontendMuch = { connection_rate_limit: 5, enable_access_logs: true }

test('what nodes cannot do is refused, wherever it is asked for', async () => {
  const rule = { name: 'http', inbound_port: 80 }
  const whole = await call('POST', '/lbs', {
    name: 'x',
    backends: [backendInput({ ...much, health_check: check })],
    frontends: [{ ...rule, backend: 'web', ...frontendMuch }],
  })
  expect(wrong(whole)).toEqual([
    ...Object.keys(much).map((field) => `backends.0.${field}`),
    'backends.0.health_check.redis_config',
    ...Object.keys(frontendMuch).map((field) => `frontends.0.${field}`),
  ])
  expect(whole.details[0].help_message).toBe(
    'Balancing "leastconn" is not available in this release.',
  )

  const lb = await call('POST', '/lbs', { name: 'x' })
  const backend = await call('POST', `/lbs/${lb.id}/backends`, backendInput())
  const refused = [
    await call('POST', `/lbs/${lb.id}/backends`, backendInput(much)),
    await call('PUT', `/backends/${backend.id}`, { ...backendInput(), ...much }),
  ]
  for (const body of refused) expect(wrong(body)).toEqual(Object.keys(much))
  expect(wrong(await call('PUT', `/backends/${backend.id}/healthcheck`, check))).toEqual([
    'redis_config',
  ])
  const frontend = { ...rule, backend_id: backend.id }
  const { id } = await call('POST', `/lbs/${lb.id}/frontends`, frontend)
  for (const body of [
    await call('POST', `/lbs/${lb.id}/frontends`, {
      ...frontend,
      inbound_port: 81,
      ...frontendMuch,
    }),
    await call('PUT', `/frontends/${id}`, { ...frontend, ...frontendMuch }),
  ]) {
    expect(wrong(body)).toEqual(Object.keys(frontendMuch))
  }
})

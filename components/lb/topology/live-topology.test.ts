import { expect, test } from 'vitest'
import type { Backend } from '#lib/core/backend.ts'
import type { Frontend } from '#lib/core/frontend.ts'
import type { Lb } from '#lib/core/lb.ts'
import type { ObservedInstance, ObservedServer } from '#lib/core/observed.ts'
import { liveTopology } from './live-topology.ts'

const SINCE = '2030-01-01T00:00:00Z'
const NOW = Date.parse('2030-01-01T00:00:12Z')

const server = (address: string, state: ObservedServer['state']): ObservedServer => ({
  backend_id: 'B',
  address,
  state,
  since: SINCE,
  reason: 'connection refused',
  streak: 3,
  threshold: 3,
  latency_ms: null,
  checked_at: null,
})

const instance = (change: Partial<ObservedInstance>): ObservedInstance => ({
  node: 'fr-par-a',
  cluster: 'a',
  role: 'master',
  connected: true,
  active: true,
  active_since: SINCE,
  failover_id: null,
  applied_generation: 2,
  applied_after_ms: 1,
  listeners: [{ frontend_id: 'F', port: 80, state: 'listening', problem: null }],
  servers: [server('10.0.0.1', 'up'), server('10.0.0.2', 'down')],
  counters: null,
  rejected: null,
  quarantine: null,
  ...change,
})

const backend = {
  id: 'B',
  name: 'pool',
  forward_protocol: 'http',
  forward_port: 8080,
  pool: ['10.0.0.1', '10.0.0.2'],
} as Backend
const frontend = { id: 'F', name: 'web', inbound_port: 80, backend } as Frontend
const lb = { id: 'L', name: 'site', ip: [{ id: 'I', ip_address: '192.0.2.1' }] } as Lb

const rate = { requests: 12.3, connections: 2 }
const rates = {
  frontends: { F: rate },
  backends: { B: rate },
  servers: { 'B/10.0.0.1': rate },
}

function picture(...instances: ObservedInstance[]) {
  const known = {
    lb_id: 'L',
    generation: 2,
    applied_on: 2,
    last_failover: null,
    problems: [],
    health: { state: 'healthy' as const, reason: '', frontends: [] },
  }
  const observed = { ...known, instances, rates }
  return liveTopology({ lb, frontends: [frontend], backends: [backend], observed }, NOW)
}

test('shows the active instance, the listeners and the health of each server', () => {
  const standby = instance({ cluster: 'b', role: 'backup', active: false })
  const { address, instances, frontends, backends } = picture(instance({}), standby)
  expect(address).toMatchObject({ title: '192.0.2.1', href: '/network/ip-addresses#ip-I' })
  expect(instances.map(({ title, detail }) => `${title}: ${detail}`)).toEqual([
    'Master: Active · cluster a',
    'Backup: Standby · cluster b',
  ])
  expect(frontends).toMatchObject([
    { title: 'web', detail: 'HTTP 80', tone: 'ok', rate: '12 req/s', backend: 'B' },
  ])
  expect(backends).toMatchObject([{ detail: 'HTTP 8080 · 1/2 up', tone: 'warn', more: 0 }])
  expect(backends[0]?.servers[1]).not.toHaveProperty('rate')
  expect(backends[0]?.servers).toMatchObject([
    { title: '10.0.0.1', detail: 'Up', tone: 'ok', rate: '12 req/s' },
    {
      title: '10.0.0.2',
      detail: 'Down 12 s',
      tone: 'danger',
      explanation: 'Down 12 s: connection refused, 3 of 3 checks',
      href: '/network/load-balancers/L/backends#backend-B',
    },
  ])
})

test('shows a stopped instance and a port in use', () => {
  const listeners = [
    { frontend_id: 'F', port: 80, state: 'failed' as const, problem: 'Port 80 is in use.' },
  ]
  const gone = instance({ active: false, connected: false })
  const { instances, frontends } = picture(
    gone,
    instance({ role: 'backup', cluster: 'b', listeners }),
  )
  expect(instances.map(({ detail, tone }) => [detail, tone])).toEqual([
    ['Not running · cluster a', 'danger'],
    ['Active · cluster b', 'warn'],
  ])
  expect(frontends).toMatchObject([{ tone: 'danger', explanation: 'Port 80 is in use.' }])
})

test('shows quarantined instances, without and with an older generation to serve', () => {
  const quarantine = { generation: 2, since: SINCE, cause: 'hung_applying' as const }
  const standby = { active: false, quarantine }
  const { instances } = picture(
    instance({ ...standby, applied_generation: null }),
    instance({ ...standby, role: 'backup', cluster: 'b', applied_generation: 1 }),
  )
  expect(instances.map(({ detail, tone }) => [detail, tone])).toEqual([
    ['Quarantined · cluster a', 'danger'],
    ['Standby · cluster b', 'ok'],
  ])
})

test('shows nothing as known before the first report', () => {
  const { instances, backends } = liveTopology(
    { lb, frontends: [frontend], backends: [backend], observed: undefined },
    NOW,
  )
  expect(instances).toEqual([])
  expect(backends[0]?.servers.map(({ detail }) => detail)).toEqual([
    'Not checked yet',
    'Not checked yet',
  ])
})

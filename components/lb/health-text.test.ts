import { expect, test } from 'vitest'
import type { ObservedInstance, ObservedLb, ObservedServer } from '#lib/core/observed.ts'
import { activeView, healthLine, serverHealth, standbyView } from './health-text.ts'

const NOW = Date.parse('2030-01-01T00:00:12Z')
const server = (change: Partial<ObservedServer>): ObservedServer => ({
  backend_id: 'B',
  address: '10.0.0.1',
  state: 'up',
  since: '2030-01-01T00:00:00Z',
  reason: 'HTTP 200',
  streak: 9,
  threshold: 3,
  latency_ms: 1,
  checked_at: null,
  ...change,
})

const instance = (change: Partial<ObservedInstance>): ObservedInstance => ({
  node: 'fr-par-a',
  cluster: 'a',
  role: 'master',
  connected: true,
  active: false,
  active_since: null,
  failover_id: null,
  applied_generation: 1,
  applied_after_ms: 1,
  listeners: [],
  servers: [],
  counters: null,
  rejected: null,
  quarantine: null,
  ...change,
})

const observed = (...instances: ObservedInstance[]): ObservedLb => ({
  lb_id: 'L',
  generation: 1,
  applied_on: 2,
  last_failover: null,
  instances,
  rates: { frontends: {}, backends: {}, servers: {} },
  problems: [],
  health: { state: 'healthy' as const, reason: '', frontends: [] },
})

test.each([
  [server({}), 'Up'],
  [server({ state: 'unknown' }), 'Not checked yet'],
  [undefined, 'Not checked yet'],
  [
    server({ state: 'down', reason: 'connection refused', streak: 7 }),
    'Down 12 s: connection refused, 3 of 3 checks',
  ],
])('health in text %#', (seen, text) => {
  expect(healthLine(serverHealth(seen, NOW))).toBe(text)
})

test("the active instance's view is shown, and the standby's where it differs", () => {
  const up = server({})
  const down = server({ state: 'down' })
  const master = instance({ servers: [down] })
  const backup = instance({ role: 'backup', active: true, servers: [up] })
  const both = observed(master, backup)
  expect(activeView(both, 'B', '10.0.0.1')).toBe(up)
  expect(standbyView(both, 'B', '10.0.0.1')).toEqual({ role: 'master', server: down })
  const gone = observed({ ...master, connected: false }, backup)
  expect(standbyView(gone, 'B', '10.0.0.1')).toBeNull()
  expect(activeView(observed(master), 'B', '10.0.0.1')).toBe(down)
  expect(activeView(undefined, 'B', '10.0.0.1')).toBeUndefined()
})

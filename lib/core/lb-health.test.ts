import { describe, expect, test } from 'vitest'
import { type BackendServers, type HealthInput, lbHealth } from './lb-health.ts'
import type { LbHealthState } from './lb-health-states.ts'

const up: BackendServers = { name: 'up', total: 2, down: 0 }
const partly: BackendServers = { name: 'partly', total: 4, down: 2 }
const down: BackendServers = { name: 'down', total: 2, down: 2 }
const empty: BackendServers = { name: 'empty', total: 0, down: 0 }

const frontend = (backend: BackendServers, ...routed: BackendServers[]) => ({
  ...{ id: backend.name, backend, routed },
})
const problem = (
  severity: HealthInput['problems'][number]['severity'],
  message: string,
  type: HealthInput['problems'][number]['object']['type'] = 'load_balancer',
) => ({ ...{ severity, message }, object: { type, id: 'x', name: 'x' } })

const HEALTHY: HealthInput = {
  status: 'ready',
  frontends: [frontend(up)],
  servers: { total: 2, down: 0 },
  problems: [],
}
const some = { total: 8, down: 6 }
const errors = problem('warning', '54 % of responses were 5xx. Check the servers.')

test.each<[string, Partial<HealthInput>, LbHealthState, string]>([
  ['all is well', {}, 'healthy', ''],
  ['traffic is unaffected', { problems: [problem('info', 'No effect.')] }, 'healthy', ''],
  ['a server is down', { servers: { total: 2, down: 1 } }, 'degraded', '1 of 2 servers is down'],
  ['servers are down', { servers: some }, 'degraded', '6 of 8 servers are down'],
  ['responses are 5xx', { problems: [errors] }, 'degraded', '54 % of responses were 5xx'],
  [
    'there are several reasons',
    { servers: some, problems: [errors, problem('warning', 'Not named.')] },
    'degraded',
    '6 of 8 servers are down; 54 % of responses were 5xx',
  ],
  [
    'a frontend has no server that is up',
    { frontends: [frontend(down)], servers: some, problems: [errors] },
    'failing',
    'Its frontend has no server that is up',
  ],
  [
    'some frontends have no server that is up',
    { frontends: [frontend(down), frontend(up), frontend(down, up)] },
    'failing',
    '2 of 3 frontends have no server that is up',
  ],
  [
    'a frontend has no servers',
    { frontends: [frontend(empty), frontend(up)], servers: some },
    'no_servers',
    '1 of 2 frontends has no servers',
  ],
  [
    'one frontend fails and another has no servers',
    { frontends: [frontend(empty), frontend(down)] },
    'failing',
    '1 of 2 frontends has no server that is up',
  ],
  [
    'it is bare',
    { frontends: [], servers: { total: 0, down: 0 } },
    'no_servers',
    'It has no frontends and no servers',
  ],
  ['it has servers only', { frontends: [] }, 'healthy', ''],
  [
    'it has no address',
    { problems: [problem('critical', 'It has no highly available IP, so it carries no traffic.')] },
    'failing',
    'It has no highly available IP, so it carries no traffic',
  ],
  [
    'a backend that no frontend uses is down',
    { problems: [problem('critical', 'All servers are down.', 'backend')] },
    'healthy',
    '',
  ],
  ['it is created', { status: 'creating' }, 'changing', 'Its instances are starting'],
  [
    'its nodes have not reported yet, whatever its servers were',
    { status: 'pending', frontends: [frontend(down)], servers: some },
    'changing',
    'Its nodes have not reported yet',
  ],
  [
    'a port is in use',
    {
      status: 'error',
      frontends: [frontend(down)],
      problems: [problem('critical', 'Port 80 of 127.51.0.1 is in use.', 'frontend')],
    },
    'error',
    'Port 80 of 127.51.0.1 is in use',
  ],
  [
    'nothing explains the error',
    { status: 'error' },
    'error',
    'Neither instance is accepting traffic',
  ],
])('where %s', (_case, changes, state, reason) => {
  const { frontends: _frontends, ...health } = lbHealth({ ...HEALTHY, ...changes })
  expect(health).toEqual({ state, reason })
})

describe('the health of a frontend', () => {
  test.each([
    ['its backend has servers up', frontend(up), null],
    ['some of them are down', frontend(partly), null],
    ['all are down', frontend(down, up), ['failing', 'All servers of backend "down" are down']],
    ['it has none', frontend(empty, empty), ['no_servers', 'Backend "empty" has no servers']],
    [
      'only its routes have servers',
      frontend(empty, up),
      ['degraded', 'Backend "empty" has no servers; only routes have'],
    ],
    [
      'only its routes have servers, which are down',
      frontend(empty, down, empty),
      ['failing', "All servers of its routes' backends are down"],
    ],
    [
      'the servers of a route are down',
      frontend(up, up, down),
      ['degraded', 'All servers of backend "down" of a route are down'],
    ],
    [
      'a route has none',
      frontend(up, empty),
      ['degraded', 'Backend "empty" of a route has no servers'],
    ],
  ])('where %s', (_case, one, expected) => {
    const [health] = lbHealth({ ...HEALTHY, frontends: [one] }).frontends
    expect(health ? [health.state, health.reason] : null).toEqual(expected)
  })

  test('with a dead route degrades the load balancer', () => {
    const { state, reason } = lbHealth({ ...HEALTHY, frontends: [frontend(up, down)] })
    expect([state, reason]).toEqual([
      'degraded',
      'All servers of backend "down" of a route are down',
    ])
  })
})

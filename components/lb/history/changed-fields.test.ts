import { describe, expect, test } from 'vitest'
import type { Change } from '#lib/core/change.ts'
import { changedFields } from './changed-fields.ts'

const BACKEND = {
  id: 'b',
  name: 'web',
  forward_protocol: 'http',
  forward_port: 80,
  forward_port_algorithm: 'roundrobin',
  sticky_sessions: 'none',
  sticky_sessions_cookie_name: '',
  servers: ['10.0.0.1', '10.0.0.2'],
  proxy_protocol: 'proxy_protocol_none',
  timeout_queue: null,
  timeout_server: null,
  max_connections: null,
  on_marked_down_action: 'on_marked_down_action_none',
  health_check: {
    port: 80,
    check_delay: null,
    check_max_retries: 3,
    check_send_proxy: false,
    tcp_config: {},
  },
  updated_at: '2026-01-01T00:00:00Z',
}

function changeWith(type: Change['resource']['type'], before: unknown, after: unknown): Change {
  return {
    id: 1,
    lb_id: 'l',
    generation: 1,
    at: '2026-01-01T00:00:00Z',
    actor: { kind: 'account', id: 'a', name: 'ada@example.com' },
    verb: 'update',
    resource: { type, id: 'r' },
    before,
    after,
    failover: null,
  }
}

const NAMES = new Map([
  ['b', 'web'],
  ['c', 'api'],
])
const backendChange = (changes: object) =>
  changedFields(
    changeWith('backend', BACKEND, { ...BACKEND, updated_at: 'later', ...changes }),
    NAMES,
  )

describe('a changed backend', () => {
  test.each([
    ['only the time', {}, []],
    [
      'a cookie that may be cached, in a row from before the field existed',
      {
        sticky_sessions: 'cookie',
        sticky_sessions_cookie_name: 'a',
        sticky_sessions_nocache: false,
      },
      [
        ['Sticky session', 'None', 'Cookie'],
        ['Cookie name', null, 'a'],
        ['Cookie in shared caches', null, 'Allowed'],
      ],
    ],
    ['a default that became explicit', { sticky_sessions_nocache: true }, []],
    [
      'a host for servers',
      { host: 'app.example.com' },
      [['Host for servers', "The client's", 'app.example.com']],
    ],
    ['a failover host', { failover_host: 'a.b' }, [['Failover host', 'None', 'a.b']]],
    ['a number', { forward_port: 81 }, [['Port', '80', '81']]],
    ['a choice, by its name', { forward_protocol: 'tcp' }, [['Protocol', 'HTTP', 'TCP']]],
    ['a limit that is set', { max_connections: 5 }, [['Connections per server', 'No limit', '5']]],
    [
      'a duration, in milliseconds',
      { timeout_queue: '0.500s' },
      [['Queue timeout (ms)', 'Default', '500']],
    ],
    [
      'several, in the order of the form',
      { timeout_server: 9, name: 'site' },
      [
        ['Name', 'web', 'site'],
        ['Server timeout (ms)', 'Default', '9'],
      ],
    ],
    [
      'a field that only some choices have',
      { sticky_sessions: 'cookie', sticky_sessions_cookie_name: 'id' },
      [
        ['Sticky session', 'None', 'Cookie'],
        ['Cookie name', null, 'id'],
      ],
    ],
    [
      'another kind of health check',
      {
        health_check: {
          ...BACKEND.health_check,
          tcp_config: undefined,
          http_config: { uri: '/up', method: 'GET', code: 200, host_header: '' },
        },
      },
      [
        ['Health check type', 'TCP', 'HTTP'],
        ['Health check option', null, '/up'],
        ['Method', null, 'GET'],
        ['Expected code', null, '200'],
        ['Host', null, 'Default'],
      ],
    ],
  ])('%s', (_name, changes, expected) => {
    expect(
      backendChange(changes).map(
        (field) => 'before' in field && [field.label, field.before, field.after],
      ),
    ).toEqual(expected)
  })

  test('added and removed servers', () => {
    expect(backendChange({ servers: ['10.0.0.2', '10.0.0.3'] })).toEqual([
      { label: 'Server IPs', added: ['10.0.0.3'], removed: ['10.0.0.1'] },
    ])
  })
})

test('a backend is shown by its name', () => {
  const frontend = { name: 'http', inbound_port: 80, backend_id: 'b' }
  const fields = changedFields(
    changeWith('frontend', frontend, { ...frontend, backend_id: 'c' }),
    NAMES,
  )
  expect(fields).toEqual([{ label: 'Backend', before: 'web', after: 'api' }])
  const gone = changedFields(
    changeWith('frontend', frontend, { ...frontend, backend_id: 'd' }),
    NAMES,
  )
  expect(gone).toMatchObject([{ after: 'A deleted backend rule' }])
})

test('a new rule shows its main fields, a deleted rule none', () => {
  expect(changedFields(changeWith('backend', null, BACKEND), NAMES)).toEqual([
    { label: 'Protocol', before: null, after: 'HTTP' },
    { label: 'Port', before: null, after: '80' },
    { label: 'Server IPs', added: BACKEND.servers, removed: [] },
    { label: 'Health check type', before: null, after: 'TCP' },
  ])
  expect(changedFields(changeWith('backend', BACKEND, null), NAMES)).toEqual([])
})

test('a cleared text', () => {
  const lb = { name: 'lb', description: 'x', tags: ['a'], generation: 3 }
  const after = { ...lb, description: '', tags: [], generation: 4 }
  expect(changedFields(changeWith('lb', lb, after), NAMES)).toEqual([
    { label: 'Description', before: 'x', after: 'None' },
    { label: 'Tags', added: [], removed: ['a'] },
  ])
})

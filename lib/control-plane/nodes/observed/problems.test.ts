import { expect, test } from 'vitest'
import { problemTexts } from '#lib/core/problem.ts'
import { instanceState, lbReport, listener, server } from '#lib/testing/control-plane/reports.ts'
import { NO_RULES, type Rules } from '../../store/load-rules.ts'
import type { InstanceState } from './instance-state.ts'
import type { LbState } from './lb-status.ts'
import { problemsOf } from './problems.ts'

const BUSY = 'Port 80 of 127.51.0.1 is used by another program.'
const active = lbReport({ lb_id: 'x', active: true, listeners: [listener('listening')] })
const busy = lbReport({ lb_id: 'x', active: true, listeners: [listener('failed', BUSY)] })
const down = lbReport({
  lb_id: 'x',
  active: true,
  servers: [server('b1', '10.0.0.1', 'down'), server('b2', '10.0.0.1', 'up')],
})
const backend = (id: string, name: string) => ({
  id,
  name,
  servers: ['10.0.0.1'],
  forward_protocol: 'http' as const,
  sticky_sessions: 'none' as const,
  sticky_sessions_cookie_name: '',
  host: '',
  ssl_bridging: false,
  failover_host: null as string | null,
})
const web = backend('b1', 'web')
const api = backend('b2', 'api')
const http = { id: 'f1', name: 'http', backend_id: 'b1', enable_http3: false }

const running = {
  ...{ id: 'x', name: 'shop' },
  lifecycle: { createdAt: 0, servedAt: null, wasReady: true },
  generation: 1,
  changedAt: '2026-07-21T10:17:00Z',
  divergence: null,
  hasAddress: true,
  startedAt: 0,
  now: 60_000,
  master: 'a',
} as const

const texts = (lb: LbState, rules: Rules) => problemTexts(problemsOf(lb, rules))

function problems(
  a: InstanceState['report'],
  b: InstanceState['report'],
  backends = [web],
  address = true,
) {
  const instances = [
    { ...instanceState('a', a), connected: a !== null },
    { ...instanceState('b', b), connected: b !== null },
  ]
  return texts(
    { ...running, instances, hasAddress: address },
    { ...NO_RULES, backends, frontends: [http] },
  )
}

test("an instance that can't store its last good configuration is a problem", () => {
  const kept = { ...active, not_kept: 'the disk is full' }
  expect(problems(kept, standby)[0]).toMatch(
    /^The master instance \(cluster a\) serves generation 1 but can't keep it on its disk: the disk is full\./,
  )
})

test('divergence is the first problem, and says what to do', () => {
  const instances = [instanceState('a', active), instanceState('b', standby)]
  const config = {
    region: 'fr-par',
    generation: 7,
    revision: 'r',
    changed_at: '2026-07-21T11:00:00Z',
    address: null,
  } as const
  const foreign = {
    ...running,
    instances,
    divergence: { type: 'foreign_revision', config },
  } as const
  expect(texts(foreign, NO_RULES)).toEqual([
    'The nodes serve generation 7 of 2026-07-21T11:00:00Z, which this database has never had. ' +
      'It has generation 1 of 2026-07-21T10:17:00Z, so it is an older copy or another one. ' +
      'The nodes keep serving theirs and get no change until you put the newer database back ' +
      'or have the nodes follow this one.',
  ])
  const divergence = { type: 'address_in_use', address: '127.51.0.1', by: 'y' } as const
  expect(texts({ ...running, instances, divergence }, NO_RULES)[0]).toMatch(
    /^Its IP 127.51.0.1 carries the traffic of load balancer y on the nodes/,
  )
})

const standby = lbReport({ lb_id: 'x', listeners: [listener('standby')] })

test.each([
  ['hung_applying', 'hung while applying generation 1'],
  ['crashed_applying', 'crashed while applying generation 1'],
  ['hung_serving', 'hung while serving generation 1'],
  ['crashed_serving', 'crashed while serving generation 1'],
  ['crashed_after_change', 'crashed within a minute after generation 1'],
] as const)('a quarantine names node, cause and remedy: %s', (cause, words) => {
  const quarantine = { generation: 1, since: '2026-07-21T10:17:00Z', cause }
  const instances = [instanceState('a', active), { ...instanceState('b', null), quarantine }]
  expect(texts({ ...running, instances }, NO_RULES)).toEqual([
    `Quarantined on fr-par-b: its configuration took this node down twice (${words}). Change the load balancer to try again.`,
  ])
  expect(texts({ ...running, instances, generation: 2 }, NO_RULES)).toEqual([])
})

test('a quarantine on one host names the other host, which is not sent the generation', () => {
  const cause = 'crashed_applying' as const
  const quarantine = { generation: 2, since: '2026-07-21T10:17:00Z', cause }
  const [a, b] = [instanceState('a', active), instanceState('b', standby)].map((instance) => {
    const node = instance.node && {
      ...instance.node,
      certificate_expires_at: '2999-01-01T00:00:00Z',
    }
    return { ...instance, node }
  }) as [InstanceState, InstanceState]
  const quarantinedOnB = (other: InstanceState) =>
    texts({ ...running, generation: 2, instances: [other, { ...b, quarantine }] }, NO_RULES)[0]
  expect(quarantinedOnB(a)).toMatch(
    /The node still serves generation 1\. fr-par-a is not sent it, and still serves generation 1\. Change the/,
  )
  expect(quarantinedOnB({ ...a, report: null })).toMatch(
    /fr-par-a is not sent it, and serves none\./,
  )
  expect(quarantinedOnB({ ...a, applied: 2 })).not.toMatch(/not sent/)
})

test('a node whose certificate ends within 2 days is named, with what to do', () => {
  const HOUR_MS = 60 * 60_000
  const ending = (hours: number) => {
    const certificate_expires_at = new Date(Date.now() + hours * HOUR_MS).toISOString()
    const one = instanceState('b', standby)
    const node = one.node && { ...one.node, certificate_expires_at }
    const instances = [instanceState('a', active), { ...one, node }]
    return texts({ ...running, instances }, NO_RULES)
  }
  expect(ending(49)).toEqual([])
  expect(ending(47)).toEqual([
    expect.stringMatching(/^The certificate of node fr-par-b ends at .*Z and was not renewed\./),
  ])
  expect(ending(-1)).toEqual([
    expect.stringMatching(/^The certificate of node fr-par-b ended at .*Z, .* join it again\.$/),
  ])
})

test('an instance on a lost host is named once', () => {
  const lost = 'It has no backup: lb-2 (host host-2) is lost.'
  const backup = { ...instanceState('b', null), connected: false }
  const instances = [instanceState('a', active), backup]
  expect(texts({ ...running, instances, hostProblems: [lost] }, NO_RULES)).toEqual([lost])
})

test('a hung node that is not killed yet is named, with the time of its restart', () => {
  const hung = { node: 'fr-par-b', reason: 'silent', until: '2026-07-21T10:18:00Z' } as const
  const instances = [instanceState('a', active), { ...instanceState('b', standby), hung }]
  expect(texts({ ...running, instances }, NO_RULES)).toEqual([
    'Node fr-par-b does not respond (a process is blocked). It will be restarted at 2026-07-21T10:18:00Z unless it recovers, ' +
      "because the region's other node was restarted for the same reason within the last minute.",
  ])
})

test.each([
  ['all is well', problems(active, standby), []],
  [
    'the master is gone',
    problems(null, active),
    ['The master instance (cluster a) is not running. The backup instance has taken over.'],
  ],
  [
    'the backup is gone',
    problems(active, null),
    ['The backup instance (cluster b) is not running. If the master fails, nothing takes over.'],
  ],
  ['both are gone', problems(null, null), ['Neither of its two instances is running.']],
  ['none accepts', problems(standby, standby), ['Neither instance is accepting traffic.']],
  ['both say the same', problems(busy, { ...busy, active: false }), [`Frontend "80": ${BUSY}`]],
  [
    'a backend is down',
    problems(down, standby, [web, api]),
    ['Backend "web": Its only server is down.'],
  ],
  [
    'a backend has no servers',
    problems(active, standby, [{ ...web, servers: [] }]),
    ['Backend "web": It has no servers.'],
  ],
  [
    'a setting can’t be applied',
    problems(
      { ...active, problems: ['One.', 'Two.'] },
      { ...standby, problems: ['Two.', 'Three.'] },
    ),
    ['One.', 'Two.', 'Three.'],
  ],
  [
    'there is no address',
    problems(lbReport({ lb_id: 'x' }), lbReport({ lb_id: 'x' }), [web], false),
    ['It has no highly available IP, so it carries no traffic.'],
  ],
])('where %s', (_case, found, words) => {
  expect(found).toEqual(words)
})

test.each([
  [2, 60_000, []],
  [1, 60_000, ['Only 1 of the 2 processes of the master instance (cluster a) is running.']],
  [1, 100, []],
])('%i of 2 processes after %i ms', (connected, now, expected) => {
  const workers = { connected, total: 2 }
  const instances = [{ ...instanceState('a', active), workers }, instanceState('b', standby)]
  expect(texts({ ...running, instances, now }, NO_RULES)).toEqual(expected)
})

test("settings that Scaleway's API accepts and that have no effect are problems", () => {
  const instances = [instanceState('a', active), instanceState('b', standby)]
  const sticky = {
    ...backend('b1', 'bkd01'),
    forward_protocol: 'tcp' as const,
    sticky_sessions: 'cookie' as const,
    sticky_sessions_cookie_name: '__Host-a',
  }
  const failover = { ...backend('b2', 'db'), forward_protocol: 'tcp' as const }
  const sorry = { ...failover, failover_host: 'sorry.example.com' }
  const refused = {
    ...backend('b3', 'web'),
    sticky_sessions: 'cookie' as const,
    sticky_sessions_cookie_name: '__Host-a',
    failover_host: 'sorry.example.com',
  }
  const named = { ...backend('b4', 'files'), forward_protocol: 'tcp' as const, host: 'a.example' }
  const bridged = { ...named, name: 'bridged', ssl_bridging: true }
  const backends = [sticky, sorry, refused, named, bridged]
  const frontends = [{ id: 'f2', name: 'tf-test', backend_id: 'b1', enable_http3: true }]
  const rules = { ...NO_RULES, backends, frontends }
  expect(texts({ ...running, instances }, rules)).toEqual([
    'Backend "bkd01": Cookie-based sticky sessions don\'t work over TCP. Use table.',
    'Backend "db": The failover host has no effect: TCP clients can\'t be redirected.',
    'Backend "files": The host has no effect: in TCP mode it is a server name, which needs TLS to the servers.',
    'Backend "web": Browsers reject its sticky cookie "__Host-a": cookies with this prefix need HTTPS.',
    'Frontend "tf-test": HTTP/3 has no effect: it needs TLS, which is not offloaded.',
  ])
})

test('rules that exceed the matching limits, which are newer, are a problem', () => {
  const costly = [{ frontend_id: 'f1', steps: 4625 }]
  expect(problems({ ...active, costly_frontends: costly }, standby)).toEqual([
    'Frontend "http": The regular expressions in its ACLs take 4625 steps per character. The limit is 2000, so requests ' +
      'with long paths are denied (403). Remove or simplify some of them.',
  ])
})

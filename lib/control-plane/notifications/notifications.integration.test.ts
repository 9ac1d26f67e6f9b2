import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, test, vi } from 'vitest'
import type { Delivery } from '#lib/core/delivery.ts'
import type { ServerState } from '#lib/core/observed.ts'
import { follow } from '#lib/testing/control-plane/follow-stream.ts'
import { lbReport, server } from '#lib/testing/control-plane/reports.ts'
import { backendInput, runControlPlane } from '#lib/testing/control-plane/running-control-plane.ts'
import { isSigned, receiveWebhooks } from '#lib/testing/control-plane/webhook-receiver.ts'
import type { Settings } from '../config.ts'
import { nextAttempt } from './dispatcher.ts'
import type { NotificationSettings } from './settings.ts'
import { TIMING } from './timing.ts'

/** Waits on a state, with room for a busy machine. */
const until = (check: () => unknown) => vi.waitFor(check, { timeout: 20_000, interval: 20 })

const PARIS = '/lb/v1/regions/fr-par'
const FAST = { ...TIMING, holdMs: 60, quietMs: 0, lookMs: 20, retryMs: [30] }
const settings = (changes: Partial<NotificationSettings> = {}): NotificationSettings => ({
  smtp: null,
  missingSmtp: [],
  timing: FAST,
  ...changes,
})

/** A control plane with a load balancer of two servers, which a webhook at `uri` is told of. */
async function setUp(
  uri: string,
  changes: Partial<NotificationSettings> = {},
  others: Partial<Settings> = {},
) {
  const controlPlane = await runControlPlane({ notifications: settings(changes), ...others })
  const post = async (path: string, body: unknown) =>
    (await controlPlane.call('POST', path, body)).body
  const lb = await post(`${PARIS}/lbs`, { name: 'shop', backends: [backendInput()] })
  const subscriber = await post(`${PARIS}/subscribers`, { name: 'hook', webhook_config: { uri } })
  const own = `/fairlead/v1/subscribers/${subscriber.id}`
  const { secret } = await post(`${own}/secret`, undefined)
  await post(`${PARIS}/lb/${lb.id}/subscribe`, { subscriber_id: subscriber.id })
  const { backends } = (await controlPlane.call('GET', `${PARIS}/lbs/${lb.id}/backends`)).body
  const deliveries = async (): Promise<Delivery[]> =>
    (await controlPlane.call('GET', `${own}/deliveries`)).body.deliveries
  const failOver = (gap_ms: number) =>
    controlPlane.onSupervisor({
      type: 'failed_over',
      failovers: [
        {
          id: randomUUID(),
          lb_id: lb.id,
          at: new Date().toISOString(),
          from: 'a',
          to: 'b',
          reason: 'hung',
          gap_ms,
        },
      ],
    })
  return { controlPlane, lb, own, secret, deliveries, failOver, post, backend: backends[0] }
}

/** Both nodes, each saying what it sees of the two servers. */
async function nodesOf({ controlPlane, lb, backend }: Awaited<ReturnType<typeof setUp>>) {
  const nodes = [await follow(controlPlane, 'fr-par-a'), await follow(controlPlane, 'fr-par-b')]
  const say = (...states: [ServerState, ServerState][]) =>
    Promise.all(
      nodes.map((node, index) => {
        const [first, second] = states[index] ?? states[0] ?? ['up', 'up']
        const servers = [
          server(backend.id, '127.0.2.1', first),
          server(backend.id, '127.0.2.2', second),
        ]
        return node.report(lbReport({ lb_id: lb.id, active: index === 0, servers }))
      }),
    )
  const close = () => {
    for (const node of nodes) node.close()
  }
  return { say, nodes, [Symbol.dispose]: close }
}

describe('what happens to a load balancer', () => {
  test('is told by a signed message, as both nodes see it', async () => {
    await using receiver = await receiveWebhooks()
    const running = await setUp(receiver.uri)
    await using _ = running.controlPlane
    using nodes = await nodesOf(running)
    const types = () => receiver.received.map(({ event }) => event.type)

    await nodes.say(['up', 'up'])
    await nodes.say(['down', 'up'], ['up', 'up'])
    await running.failOver(12.3)
    await until(() => expect(types()).toEqual(['lb.failover']))
    await nodes.say(['down', 'up'])
    await until(() => expect(types()).toEqual(['lb.failover', 'servers.down']))
    await nodes.say(['down', 'down'])
    await until(() => expect(types().slice(2).toSorted()).toEqual(['backend.down', 'servers.down']))
    await nodes.say(['up', 'up'])
    await until(() => expect(types().slice(4).toSorted()).toEqual(['backend.up', 'servers.up']))

    const [failover, down] = receiver.received
    expect(failover?.event).toMatchObject({
      version: 1,
      text: 'Load balancer "shop": The instance on cluster b accepts its traffic, after the one on cluster a, which hung and was ended. New connections waited 13 ms.',
      load_balancer: { id: running.lb.id, name: 'shop', region: 'fr-par', zone: 'fr-par-1' },
      failover: { from: 'a', to: 'b', reason: 'hung', gap_ms: 12.3 },
    })
    expect(down?.event).toMatchObject({
      text: 'Load balancer "shop": Server 127.0.2.1 of backend "web" is down: connection refused.',
      servers: [{ backend_name: 'web', address: '127.0.2.1', reason: 'connection refused' }],
      server_count: 1,
    })
    for (const message of receiver.received) {
      expect(isSigned(message, running.secret)).toBe(true)
      expect(isSigned({ ...message, text: `${message.text} ` }, running.secret)).toBe(false)
      expect(message.headers['webhook-id']).toBe(message.event.id)
    }
    const log = await running.deliveries()
    expect(log.map(({ event_id }) => event_id).toReversed()).toEqual(
      receiver.received.map(({ event }) => event.id),
    )
    expect(log[0]).toMatchObject({
      status: 'delivered',
      attempt_count: 1,
      attempts: [{ status: 204, outcome: 'HTTP 204', duration_ms: expect.any(Number) }],
    })
  })

  test('gets an event when a load balancer is quarantined, and one when that is lifted', async () => {
    await using receiver = await receiveWebhooks()
    const running = await setUp(receiver.uri)
    await using _ = running.controlPlane
    using both = await nodesOf(running)
    await both.say(['up', 'up'])
    const observed = `/fairlead/v1/lbs/${running.lb.id}/observed`
    const { generation } = (await running.controlPlane.call('GET', observed)).body
    const since = '2026-07-21T10:17:00Z'
    const one = { lb_id: running.lb.id, generation, since, cause: 'crashed_serving' } as const
    await both.nodes[0]?.quarantine(one)
    await until(() => expect(receiver.received).toHaveLength(1))
    const words = `Quarantined on fr-par-a: its configuration took this node down twice (crashed while serving generation ${generation}). The node still serves generation 1. Change the load balancer to try again.`
    expect(receiver.received[0]?.event).toMatchObject({
      type: 'lb.quarantined',
      text: `Load balancer "shop": ${words}`,
      problems: [words],
    })
    await both.nodes[0]?.quarantine()
    await until(() => expect(receiver.received).toHaveLength(2))
    expect(receiver.received[1]?.event.type).toBe('lb.unquarantined')
  })

  test('is told once, whatever restarts, and what was wrong is known to be over', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'fairlead-notifications-'))
    const file = join(directory, 'kept.db')
    try {
      let isUp = false
      await using receiver = await receiveWebhooks((response) =>
        response.writeHead(isUp ? 204 : 503).end(),
      )
      const first = await setUp(receiver.uri, {}, { databaseFile: file })
      {
        await using _ = first.controlPlane
        using nodes = await nodesOf(first)
        await nodes.say(['down', 'up'])
        await until(async () => expect((await first.deliveries())[0]?.attempt_count).toBe(1))
      }
      const before = receiver.received.length
      isUp = true
      await using again = await runControlPlane({ databaseFile: file, notifications: settings() })
      using nodes = await nodesOf({ ...first, controlPlane: again })
      await nodes.say(['down', 'up'])
      await until(() => expect(receiver.received.length).toBe(before + 1))
      await nodes.say(['up', 'up'])
      await until(() => expect(receiver.received.at(-1)?.event.type).toBe('servers.up'))
      const events = new Map(receiver.received.map(({ event }) => [event.id, event.type]))
      expect([...events.values()]).toEqual(['servers.down', 'servers.up'])
    } finally {
      await rm(directory, { recursive: true })
    }
  })

  test('is nobody’s business once nobody is subscribed', async () => {
    await using receiver = await receiveWebhooks()
    const running = await setUp(receiver.uri)
    await using _ = running.controlPlane
    await running.controlPlane.call('DELETE', `${PARIS}/lb/${running.lb.id}/unsubscribe`)
    await running.failOver(1)
    await running.post(`${running.own}/test`, undefined)
    await until(() => expect(receiver.received.map(({ event }) => event.type)).toEqual(['test']))
  })
})

describe('a receiver', () => {
  test('that fails is sent everything in order, as soon as it is well', async () => {
    await using receiver = await receiveWebhooks((response, count) =>
      response.writeHead(count <= 3 ? 500 : 200).end(),
    )
    const running = await setUp(receiver.uri)
    await using _ = running.controlPlane
    for (const gap of [1, 2, 3]) await running.failOver(gap)
    await until(() => expect(receiver.received).toHaveLength(6))
    const gaps = receiver.received.map(({ event }) => event.failover?.gap_ms)
    expect(gaps).toEqual([1, 1, 1, 1, 2, 3])
    expect(new Set(receiver.received.map(({ event }) => event.id)).size).toBe(3)
    await until(async () => {
      const oldest = (await running.deliveries()).at(-1)
      expect(oldest?.attempts.map(({ outcome }) => outcome)).toEqual([
        'HTTP 500',
        'HTTP 500',
        'HTTP 500',
        'HTTP 200',
      ])
    })
  })

  test('that redirects is not followed, and a test is tried once', async () => {
    await using elsewhere = await receiveWebhooks()
    await using receiver = await receiveWebhooks((response) =>
      response.writeHead(307, { Location: elsewhere.uri }).end(),
    )
    const running = await setUp(receiver.uri)
    await using _ = running.controlPlane
    const { id } = await running.post(`${running.own}/test`, undefined)
    const settled = (attempts: number) =>
      until(async () => {
        const [delivery] = await running.deliveries()
        expect(delivery).toMatchObject({ id, status: 'given_up', attempt_count: attempts })
        expect(delivery?.attempts.at(-1)).toMatchObject({
          status: 307,
          outcome: 'HTTP 307: redirects are not followed',
        })
      })
    await settled(1)
    const retried = await running.post(`${running.own}/deliveries/${id}/retry`, undefined)
    expect(retried).toMatchObject({ id, status: 'pending' })
    await settled(2)
    expect(elsewhere.received).toEqual([])
  })

  test('that hangs holds up nobody but itself', async () => {
    await using hanging = await receiveWebhooks(() => {})
    await using well = await receiveWebhooks()
    const timing = { ...FAST, answerMs: 4000 }
    const running = await setUp(hanging.uri, { timing })
    await using _ = running.controlPlane
    const other = await running.post(`${PARIS}/subscribers`, {
      name: 'well',
      webhook_config: { uri: well.uri },
    })
    await running.failOver(1)
    await until(() => expect(hanging.received).toHaveLength(1))
    const began = performance.now()
    await running.post(`/fairlead/v1/subscribers/${other.id}/test`, undefined)
    await until(() => expect(well.received).toHaveLength(1))
    const took = Math.round(performance.now() - began)
    process.stdout.write(`told beside a receiver that hangs after ${took} ms\n`)
    expect(took).toBeLessThan(timing.answerMs)
    await until(async () =>
      expect((await running.deliveries())[0]?.attempts[0]?.outcome).toBe(
        'The receiver did not answer within 4 s',
      ),
    )
  })

  test('that the egress policy denies since it was saved gets nothing', async () => {
    await using receiver = await receiveWebhooks()
    const directory = await mkdtemp(join(tmpdir(), 'fairlead-notifications-'))
    const databaseFile = join(directory, 'kept.db')
    try {
      const before = await setUp(`http://localhost:${receiver.port}/`, {}, { databaseFile })
      await before.controlPlane.stop()
      const { controlPlane } = before
      await using denying = await runControlPlane({
        databaseFile,
        notifications: settings({ timing: { ...FAST, answerMs: 50 } }),
        egress: { ...controlPlane.settings.egress, ownPorts: [receiver.port] },
      })
      await denying.call('POST', `${before.own}/test`)
      await until(async () => {
        const { deliveries } = (await denying.call('GET', `${before.own}/deliveries`)).body
        expect(deliveries[0]).toMatchObject({
          status: 'given_up',
          attempts: [{ status: null, outcome: 'Could not be delivered' }],
        })
      })
      expect(receiver.received).toEqual([])
    } finally {
      await rm(directory, { recursive: true })
    }
  })

  test('that is never there costs a bounded log', async () => {
    await using receiver = await receiveWebhooks((response) => response.writeHead(500).end())
    const timing = { ...FAST, retryMs: [3_600_000] }
    const running = await setUp(receiver.uri, { timing })
    await using _ = running.controlPlane
    const failovers = Array.from({ length: 1200 }, (_, gap_ms) => ({
      id: randomUUID(),
      lb_id: running.lb.id,
      at: new Date().toISOString(),
      from: 'a' as const,
      to: 'b' as const,
      reason: 'ended' as const,
      gap_ms,
    }))
    await running.controlPlane.onSupervisor({ type: 'failed_over', failovers })
    using database = new DatabaseSync(running.controlPlane.settings.databaseFile, {
      readOnly: true,
    })
    const counts = database
      .prepare('select status, count(*) as count from deliveries group by status order by status')
      .all()
    expect(counts.map((row) => [row.status, row.count])).toEqual([
      ['given_up', 100],
      ['pending', 1000],
    ])
  })
})

test('a delivery delayed by setting the clock back is sent at the next start', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'fairlead-notifications-'))
  const file = join(directory, 'kept.db')
  try {
    let works = false
    await using receiver = await receiveWebhooks((response) =>
      response.writeHead(works ? 200 : 500).end(),
    )
    const timing = { ...FAST, retryMs: [3_600_000] }
    const running = await setUp(receiver.uri, { timing }, { databaseFile: file })
    await running.failOver(1)
    await until(async () => expect((await running.deliveries())[0]?.attempt_count).toBe(1))
    await running.controlPlane.stop()
    {
      using database = new DatabaseSync(file)
      const later = new Date(Date.now() + 8 * 3_600_000).toISOString()
      database.prepare('update deliveries set next_attempt_at = ?').run(later)
    }
    works = true
    const notifications = settings({ timing })
    await using again = await runControlPlane({ databaseFile: file, notifications })
    const path = `${running.own}/deliveries`
    await until(async () =>
      expect((await again.call('GET', path)).body.deliveries[0]).toMatchObject({
        status: 'delivered',
        attempt_count: 2,
      }),
    )
  } finally {
    await rm(directory, { recursive: true })
  }
})

test('secrets are told by the call that makes them alone, and sign from then on', async () => {
  await using receiver = await receiveWebhooks()
  const running = await setUp(receiver.uri)
  await using _ = running.controlPlane
  const { secret } = await running.post(`${running.own}/secret`, undefined)
  expect(secret).not.toBe(running.secret)
  await running.post(`${running.own}/test`, undefined)
  await until(() => expect(receiver.received).toHaveLength(1))
  const [message] = receiver.received
  expect(message && isSigned(message, secret)).toBe(true)
  expect(message && isSigned(message, running.secret)).toBe(false)
  expect((await running.controlPlane.call('GET', `${running.own}/secret`)).status).toBe(405)
  const answers = await Promise.all([
    running.controlPlane.call('GET', `${PARIS}/subscribers`),
    running.controlPlane.call('GET', `${running.own}/deliveries`),
  ])
  expect(JSON.stringify(answers.map(({ body }) => body))).not.toContain(secret)
  const unknown = await running.controlPlane.call('POST', `${running.own}/deliveries/999/retry`)
  expect([unknown.status, unknown.body]).toEqual([404, { message: 'delivery not Found' }])
})

test('an event is tried for a day, ever more rarely', () => {
  const at = '2026-01-01T00:00:00.000Z'
  const delays: number[] = []
  let now = Date.parse(at)
  for (let attempt_count = 0; ; attempt_count++) {
    const next = nextAttempt({ event_type: 'lb.error', attempt_count, at }, TIMING, now)
    if (next === null) break
    delays.push((Date.parse(next) - now) / 1000)
    now = Date.parse(next)
  }
  process.stdout.write(`attempts after ${delays.join(', ')} s\n`)
  expect(delays).toEqual(delays.toSorted((a, b) => a - b))
  expect(delays.length).toBeGreaterThan(8)
  expect(now - Date.parse(at)).toBeGreaterThan(16 * 3_600_000)
  expect(now - Date.parse(at)).toBeLessThanOrEqual(24 * 3_600_000)
})

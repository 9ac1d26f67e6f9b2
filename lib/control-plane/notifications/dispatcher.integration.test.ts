import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, test } from 'vitest'
import type { Delivery } from '#lib/core/delivery.ts'
import {
  FAST,
  notificationSettings,
  runNotifiedLb,
  until,
} from '#lib/testing/control-plane/notified-lb.ts'
import { runControlPlane } from '#lib/testing/control-plane/running-control-plane.ts'
import { isSigned, receiveWebhooks } from '#lib/testing/control-plane/webhook-receiver.ts'
import { nextAttempt } from './dispatcher.ts'
import { TIMING } from './timing.ts'

const PARIS = '/lb/v1/regions/fr-par'

describe('a webhook receiver', () => {
  test('that fails gets every event in order once it recovers', async () => {
    await using receiver = await receiveWebhooks((response, count) =>
      response.writeHead(count <= 3 ? 500 : 200).end(),
    )
    const running = await runNotifiedLb(receiver.uri)
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

  test('that redirects is not followed, and a test event is not retried', async () => {
    await using elsewhere = await receiveWebhooks()
    await using receiver = await receiveWebhooks((response) =>
      response.writeHead(307, { Location: elsewhere.uri }).end(),
    )
    const running = await runNotifiedLb(receiver.uri)
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

  test('that hangs delays no other receiver', async () => {
    await using hanging = await receiveWebhooks(() => {})
    await using responsive = await receiveWebhooks()
    const timing = { ...FAST, webhookTimeoutMs: 4000 }
    const running = await runNotifiedLb(hanging.uri, { timing })
    await using _ = running.controlPlane
    const other = await running.post(`${PARIS}/subscribers`, {
      name: 'responsive',
      webhook_config: { uri: responsive.uri },
    })
    await running.failOver(1)
    await until(() => expect(hanging.received).toHaveLength(1))
    const began = performance.now()
    await running.post(`/fairlead/v1/subscribers/${other.id}/test`, undefined)
    await until(() => expect(responsive.received).toHaveLength(1))
    const took = Math.round(performance.now() - began)
    process.stdout.write(`delivered beside a receiver that hangs after ${took} ms\n`)
    expect(took).toBeLessThan(timing.webhookTimeoutMs)
    await until(async () =>
      expect((await running.deliveries())[0]?.attempts[0]?.outcome).toBe(
        'The receiver did not answer within 4 s',
      ),
    )
  })

  test('that the egress policy denies after it was saved gets nothing', async () => {
    await using receiver = await receiveWebhooks()
    const directory = await mkdtemp(join(tmpdir(), 'fairlead-notifications-'))
    const databaseFile = join(directory, 'kept.db')
    try {
      const before = await runNotifiedLb(`http://localhost:${receiver.port}/`, {}, { databaseFile })
      await before.controlPlane.stop()
      const { controlPlane } = before
      await using denying = await runControlPlane({
        databaseFile,
        notifications: notificationSettings({ timing: { ...FAST, webhookTimeoutMs: 50 } }),
        egress: { ...controlPlane.settings.egress, ownPorts: [receiver.port] },
      })
      const { body: event } = await denying.call('POST', `${before.own}/test`)
      await until(async () => {
        const { deliveries } = (await denying.call('GET', `${before.own}/deliveries`)).body
        expect(deliveries.find(({ id }: Delivery) => id === event.id)).toMatchObject({
          status: 'given_up',
          attempts: [{ status: null, outcome: 'Could not be delivered' }],
        })
      })
      expect(receiver.received).toEqual([])
    } finally {
      await rm(directory, { recursive: true })
    }
  })

  test('that is always down has a bounded number of deliveries', async () => {
    await using receiver = await receiveWebhooks((response) => response.writeHead(500).end())
    const timing = { ...FAST, retryMs: [3_600_000] }
    const running = await runNotifiedLb(receiver.uri, { timing })
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
    const running = await runNotifiedLb(receiver.uri, { timing }, { databaseFile: file })
    await running.failOver(1)
    await until(async () => expect((await running.deliveries())[0]?.attempt_count).toBe(1))
    await running.controlPlane.stop()
    {
      using database = new DatabaseSync(file)
      const later = new Date(Date.now() + 8 * 3_600_000).toISOString()
      database.prepare('update deliveries set next_attempt_at = ?').run(later)
    }
    works = true
    const notifications = notificationSettings({ timing })
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

test('a rotated secret is returned once and signs from then on', async () => {
  await using receiver = await receiveWebhooks()
  const running = await runNotifiedLb(receiver.uri)
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

test('an event is retried for a day with increasing delays', () => {
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

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import {
  connectNodes,
  notificationSettings,
  runNotifiedLb,
  until,
} from '#lib/testing/control-plane/notified-lb.ts'
import { runControlPlane } from '#lib/testing/control-plane/running-control-plane.ts'
import { isSigned, receiveWebhooks } from '#lib/testing/control-plane/webhook-receiver.ts'

const PARIS = '/lb/v1/regions/fr-par'

describe('a load balancer’s subscriber', () => {
  test('gets a signed event for each failover and each server that both nodes mark down or up', async () => {
    await using receiver = await receiveWebhooks()
    const running = await runNotifiedLb(receiver.uri)
    await using _ = running.controlPlane
    using nodes = await connectNodes(running)
    const types = () => receiver.received.map(({ event }) => event.type)

    await nodes.report(['up', 'up'])
    await nodes.report(['down', 'up'], ['up', 'up'])
    await running.failOver(12.3)
    await until(() => expect(types()).toEqual(['lb.failover']))
    await nodes.report(['down', 'up'])
    await until(() => expect(types()).toEqual(['lb.failover', 'servers.down']))
    await nodes.report(['down', 'down'])
    await until(() => expect(types().slice(2).toSorted()).toEqual(['backend.down', 'servers.down']))
    await nodes.report(['up', 'up'])
    await until(() => expect(types().slice(4).toSorted()).toEqual(['backend.up', 'servers.up']))

    const [failover, down] = receiver.received
    expect(failover?.event).toMatchObject({
      version: 1,
      text: 'Load balancer "shop": The instance on cluster b took over from the one on cluster a (its node hung and was killed). New connections waited 13 ms.',
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

  test('gets an event when a generation is quarantined, and one when the quarantine is lifted', async () => {
    await using receiver = await receiveWebhooks()
    const running = await runNotifiedLb(receiver.uri)
    await using _ = running.controlPlane
    using both = await connectNodes(running)
    await both.report(['up', 'up'])
    const observed = `/fairlead/v1/lbs/${running.lb.id}/observed`
    const { generation } = (await running.controlPlane.call('GET', observed)).body
    const since = '2026-07-21T10:17:00Z'
    const one = { lb_id: running.lb.id, generation, since, cause: 'crashed_serving' } as const
    await both.nodes[0]?.quarantine(one)
    await until(() => expect(receiver.received).toHaveLength(1))
    const problem = `Quarantined on fr-par-a: its configuration took this node down twice (crashed while serving generation ${generation}). The node still serves generation 1. Change the load balancer to try again.`
    expect(receiver.received[0]?.event).toMatchObject({
      type: 'lb.quarantined',
      text: `Load balancer "shop": ${problem}`,
      problems: [problem],
    })
    await both.nodes[0]?.quarantine()
    await until(() => expect(receiver.received).toHaveLength(2))
    expect(receiver.received[1]?.event.type).toBe('lb.unquarantined')
  })

  test('gets each event once across restarts, and an event when the alert resolves', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'fairlead-notifications-'))
    const file = join(directory, 'kept.db')
    try {
      let isUp = false
      await using receiver = await receiveWebhooks((response) =>
        response.writeHead(isUp ? 204 : 503).end(),
      )
      const first = await runNotifiedLb(receiver.uri, {}, { databaseFile: file })
      {
        await using _ = first.controlPlane
        using nodes = await connectNodes(first)
        await nodes.report(['down', 'up'])
        await until(async () => expect((await first.deliveries())[0]?.attempt_count).toBe(1))
      }
      const before = receiver.received.length
      isUp = true
      await using again = await runControlPlane({
        databaseFile: file,
        notifications: notificationSettings(),
      })
      using nodes = await connectNodes({ ...first, controlPlane: again })
      await nodes.report(['down', 'up'])
      await until(() => expect(receiver.received.length).toBe(before + 1))
      await nodes.report(['up', 'up'])
      await until(() => expect(receiver.received.at(-1)?.event.type).toBe('servers.up'))
      const events = new Map(receiver.received.map(({ event }) => [event.id, event.type]))
      expect([...events.values()]).toEqual(['servers.down', 'servers.up'])
    } finally {
      await rm(directory, { recursive: true })
    }
  })

  test('gets no more events after unsubscribing', async () => {
    await using receiver = await receiveWebhooks()
    const running = await runNotifiedLb(receiver.uri)
    await using _ = running.controlPlane
    await running.controlPlane.call('DELETE', `${PARIS}/lb/${running.lb.id}/unsubscribe`)
    await running.failOver(1)
    await running.post(`${running.own}/test`, undefined)
    await until(() => expect(receiver.received.map(({ event }) => event.type)).toEqual(['test']))
  })
})

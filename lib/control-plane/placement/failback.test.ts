import pino from 'pino'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Change } from '#lib/core/change.ts'
import { type RunningHosts, runWithSettings } from '#lib/testing/control-plane/running-hosts.ts'
import { NODE_A, NODE_B, SwitchedPair } from '#lib/testing/control-plane/switched-pair.ts'
import { Authority } from '../authority/authority.ts'
import { Failback } from './failback.ts'

const OWN = '/fairlead/v1'

/** A control plane that gives back after a moment, with load balancers whose masters are on a1. */
async function withLbs() {
  const running = await runWithSettings({ failbackMs: 10 }, 'a1', 'b1')
  await running.bothOwnCarriers('a1', 'b1')
  const created = [await running.createLb(), await running.createLb(), await running.createLb()]
  await running.runNodes('a1', 'b1')
  const { hosts } = running
  // The second one has its master on b1.
  const owners = ['fr-par-a1', 'fr-par-b1', 'fr-par-a1']
  await vi.waitFor(() => {
    for (const [at, { id }] of created.entries()) {
      expect(hosts.acceptingNodes(id)).toEqual([owners[at]])
      for (const name of ['fr-par-a1', 'fr-par-b1'])
        expect(hosts.host(name).labels.has(id)).toBe(true)
    }
  }, 20_000)
  const [id = '', , other = ''] = created.map((one) => one.id)
  return { running, id, other }
}

async function history(running: RunningHosts, id: string): Promise<Change[]> {
  const path = `${OWN}/lbs/${id}/changes?kind=failovers`
  return (await running.controlPlane.call('GET', path)).body.changes
}

test('a load balancer that a person switched over stays until the next failover', async () => {
  const { running, id, other } = await withLbs()
  await using _ = running
  const { call } = running.controlPlane
  await call('POST', `${OWN}/lbs/${id}/switchover`, { to: 'b' })
  const report = (from: 'a' | 'b', to: 'a' | 'b') => {
    const failover = { id: `${from}${to}`, lb_id: id, at: '2026-01-01T10:00:00.000Z', from, to }
    const failovers = [{ ...failover, reason: 'ended' as const, gap_ms: 30 }]
    return running.controlPlane.onSupervisor({ type: 'failed_over', failovers })
  }
  running.hosts.kill('fr-par-a1')
  running.hosts.connect('fr-par-a1')
  // A failed attempt is repeated after ten seconds.
  await vi.waitFor(() => expect(running.hosts.acceptingNodes(other)).toEqual(['fr-par-a1']), 30_000)
  expect(running.hosts.acceptingNodes(id)).toEqual(['fr-par-b1'])
  await report('a', 'b')
  await vi.waitFor(() => expect(running.hosts.acceptingNodes(id)).toEqual(['fr-par-a1']), 10_000)
})

test('a load balancer returns to its master by a planned switchover, which the history shows', async () => {
  const { running, id } = await withLbs()
  await using _ = running
  running.hosts.kill('fr-par-a1')
  expect(running.hosts.acceptingNodes(id)).toEqual(['fr-par-b1'])
  running.hosts.connect('fr-par-a1')
  await vi.waitFor(async () => expect(await history(running, id)).toHaveLength(1), 10_000)
  expect(running.hosts.acceptingNodes(id)).toEqual(['fr-par-a1'])
  expect((await history(running, id))[0]).toMatchObject({
    verb: 'switch_over',
    actor: { kind: 'system', name: 'failback' },
    failover: { from_node: 'fr-par-b1', to_node: 'fr-par-a1', reason: 'planned' },
  })
})

describe('among two hosts', () => {
  const AFTER_MS = 60_000
  const log = pino({ level: 'silent' })
  let setup: SwitchedPair
  let failback: Failback
  let now = 0
  let given: string[]

  /** Starts to count, as a control plane that starts. */
  const start = () => {
    const { store, placements, hosts, switchovers } = setup
    const giveBack: ConstructorParameters<typeof Failback>[0]['giveBack'] = async (...args) => {
      const results = await switchovers.moveTo(...args, Authority.system)
      given.push(...results.map(({ lbId }) => lbId))
    }
    const isReady = () => true
    const parts = { store, placements, hosts, isReady, giveBack, log, now: () => now }
    failback = new Failback({ ...parts, afterMs: AFTER_MS })
  }
  const lookAt = async (time: number) => {
    now = time
    await failback.look()
  }
  /** The host of cluster a is lost and comes back. */
  const outage = () => {
    setup.hosts.kill(NODE_A)
    setup.hosts.connect(NODE_A)
  }

  beforeEach(async () => {
    // All have their masters in cluster a; the second one is on the other carrier.
    setup = await SwitchedPair.make(['lb-1', 'lb-2'])
    await setup.switchOver('lb-2', 'a')
    given = []
    start()
  })
  afterEach(async () => {
    failback.stop()
    await setup.stop()
  })

  test('they return together after the time, and only once', async () => {
    outage()
    await lookAt(0)
    await lookAt(AFTER_MS - 1)
    expect(given).toEqual([])
    await lookAt(AFTER_MS)
    await lookAt(2 * AFTER_MS)
    await lookAt(3 * AFTER_MS)
    expect(given).toEqual(['lb-1', 'lb-2'])
    for (const id of given) expect(setup.hosts.acceptingNodes(id)).toEqual([NODE_A])
  })

  test('a host that is lost again is waited for anew', async () => {
    outage()
    await lookAt(0)
    setup.hosts.kill(NODE_A)
    await lookAt(AFTER_MS - 1)
    setup.hosts.connect(NODE_A)
    await lookAt(AFTER_MS)
    expect(given).toEqual([])
    await lookAt(2 * AFTER_MS)
    expect(given).toEqual(['lb-1', 'lb-2'])
  })

  test('a host that is drained gets nothing back', async () => {
    outage()
    setup.placements.noteDraining('id-of-a1', true)
    await lookAt(0)
    await lookAt(AFTER_MS)
    expect(given).toEqual([])
  })

  test('a control plane that restarts counts again, and gives nothing back twice', async () => {
    outage()
    await lookAt(0)
    failback.stop()
    await setup.restart()
    start()
    await lookAt(AFTER_MS)
    expect(given).toEqual([])
    // It ends while the new owner is ordered to accept.
    const reached = Promise.withResolvers<void>()
    setup.hosts.intercept = (_host, order) => {
      if (order.type !== 'hand_over' || order.side !== 'arriving') return true
      reached.resolve()
      return false
    }
    const cut = lookAt(2 * AFTER_MS).catch(() => {})
    await reached.promise
    setup.hosts.intercept = () => true
    failback.stop()
    await setup.restart()
    await cut
    given = []
    start()
    setup.hosts.connect(NODE_A, NODE_B)
    await setup.settled()
    await lookAt(3 * AFTER_MS)
    await lookAt(4 * AFTER_MS)
    expect(given).toEqual([])
    for (const id of ['lb-1', 'lb-2']) expect(setup.hosts.acceptingNodes(id)).toEqual([NODE_A])
  })
})

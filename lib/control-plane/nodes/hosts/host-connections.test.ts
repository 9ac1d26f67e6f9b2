import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Failover } from '#lib/core/failover.ts'
import type { Cluster } from '#lib/core/locality.ts'
import { REGIONS } from '#lib/core/regions.ts'
import { HOST_LINK_PATH, HOST_REPORT_PATH, type HostReport } from '#lib/protocol/host-link.ts'
import type { Pair } from '#lib/protocol/pair.ts'
import { joinNode, runJoinableControlPlane } from '#lib/testing/control-plane/joined-node.ts'
import { nodeNamed } from '#lib/testing/control-plane/node-records.ts'
import type { RunningControlPlane } from '#lib/testing/control-plane/running-control-plane.ts'
import { testNode, testRegistry } from '#lib/testing/control-plane/test-nodes.ts'
import { testPools } from '#lib/testing/control-plane/test-pools.ts'
import { Fleet } from '../observed/fleet.ts'
import type { NodeRegistry } from '../registry/node-registry.ts'
import { HostConnections } from './host-connections.ts'

const HELLO = { host: 'host-2', version: '1.0.0' }
const CARRIERS: Extract<HostReport, { type: 'carriers' }> = {
  type: 'carriers',
  pairs: [{ pair: 1, a: 'owner', b: 'backup', hears_peer: true }],
  problem: null,
}
const PING = { type: 'ping' as const }
const NETWORKS = { type: 'networks' as const }

describe('over mTLS', () => {
  let controlPlane: RunningControlPlane
  beforeAll(async () => {
    const pools = testPools({ 'fr-par': '10.99.1.0/24', 'nl-ams': '10.99.2.0/24@eth0' })
    controlPlane = await runJoinableControlPlane({ pools })
  })
  afterAll(() => controlPlane.stop())

  const failover = (lb_id: string): Failover => ({
    id: randomUUID(),
    lb_id,
    at: '2026-01-01T10:00:00.000Z',
    from: 'a',
    to: 'b',
    reason: 'ended',
    gap_ms: 130.5,
  })

  test('a host gets its networks and a ping at once, its pairs, and pings', async () => {
    const region = 'nl-ams' as const
    const b = { region, cluster: 'b' as const, name: 'ams-b' }
    const one = await joinNode(controlPlane, { region, name: 'ams-a' }, { address: '10.0.1.1' })
    await joinNode(controlPlane, b, { address: '10.0.1.2' })
    using link = await one.follow(HOST_LINK_PATH, HELLO)
    expect(await link.next()).toMatchObject({
      ...NETWORKS,
      networks: [{ network: '10.99.2.0/24', interface: 'eth0' }],
    })
    expect(await link.next()).toEqual(PING)
    expect((await one.post(HOST_REPORT_PATH, CARRIERS)).status).toBe(204)
    expect(await link.next()).toMatchObject({
      type: 'pairs',
      pairs: [{ a: { node: 'ams-a', address: '10.0.1.1' }, b: { node: 'ams-b' } }],
    })
    expect(await link.next()).toEqual(PING)
  })

  test('a report that comes while a host has no stream keeps it from no order on the next one', async () => {
    const region = 'nl-ams' as const
    const node = await joinNode(controlPlane, { region, name: 'ams-c' }, { address: '10.0.1.3' })
    await node.post(HOST_REPORT_PATH, CARRIERS)
    using link = await node.follow(HOST_LINK_PATH, HELLO)
    expect([await link.next(), await link.next()]).toMatchObject([NETWORKS, PING])
    await node.post(HOST_REPORT_PATH, CARRIERS)
    expect(await link.next()).toMatchObject({ type: 'pairs', pairs: [{ a: { node: 'ams-c' } }] })
  })

  test('a host whose last pair goes is told so', async () => {
    const joinAs = (cluster: Cluster, address: string) =>
      joinNode(controlPlane, { region: 'nl-ams', cluster, name: `last-${cluster}` }, { address })
    const [one, other] = [await joinAs('a', '10.0.2.1'), await joinAs('b', '10.0.2.1')]
    for (const name of ['ams-a', 'ams-b', 'ams-c']) {
      await controlPlane.call('DELETE', `/fairlead/v1/nodes/${name}`)
    }
    const third = await joinNode(
      controlPlane,
      { region: 'nl-ams', cluster: 'b', name: 'last-c' },
      { address: '10.0.2.3' },
    )
    using link = await one.follow(HOST_LINK_PATH, HELLO)
    expect([await link.next(), await link.next()]).toMatchObject([NETWORKS, PING])
    await one.post(HOST_REPORT_PATH, CARRIERS)
    expect(await link.next()).toMatchObject({ type: 'pairs', pairs: [{ b: { node: 'last-c' } }] })
    await controlPlane.call('DELETE', `/fairlead/v1/nodes/${third.id}`)
    expect(await link.next()).toEqual({ type: 'pairs', pairs: [] })
    for (const { id } of [one, other]) await controlPlane.call('DELETE', `/fairlead/v1/nodes/${id}`)
  })

  test('pairs of different regions have different numbers, as one host may be in both', async () => {
    const numbers: number[] = []
    for (const region of REGIONS) {
      const joinAs = (cluster: Cluster, address: string) =>
        joinNode(controlPlane, { region, cluster, name: `${region}-pair-${cluster}` }, { address })
      const one = await joinAs('a', '10.0.3.1')
      await joinAs('b', '10.0.3.2')
      using link = await one.follow(HOST_LINK_PATH, HELLO)
      await link.next()
      await link.next()
      await one.post(HOST_REPORT_PATH, CARRIERS)
      const { pairs } = await link.next()
      numbers.push(...pairs.map(({ number }: { number: number }) => number))
    }
    expect(numbers.length).toBeGreaterThan(1)
    expect(new Set(numbers).size).toBe(numbers.length)
  })

  test('a host that its peer does not hear is asked for a sign of life, and away if it gives none', async () => {
    const joinAs = (cluster: Cluster, name: string, address: string) =>
      joinNode(controlPlane, { region: 'nl-ams', cluster, name }, { address })
    const talking = await joinAs('a', 'ams-talking', '10.0.4.1')
    const silent = await joinAs('b', 'ams-silent', '10.0.4.2')
    using link = await talking.follow(HOST_LINK_PATH, HELLO)
    using silentLink = await silent.follow(HOST_LINK_PATH, HELLO)
    await talking.post(HOST_REPORT_PATH, CARRIERS)
    const pairsOf = async () => {
      for (;;) {
        const order = await link.next()
        if (order.type === 'pairs') return order.pairs as Pair[]
      }
    }
    const pair = (await pairsOf()).find(({ b }) => b.node === 'ams-silent')
    expect(await silentLink.next()).toMatchObject(NETWORKS)
    expect(await silentLink.next()).toEqual(PING)
    const unheard = { pair: pair?.number, a: 'owner', b: 'owner', hears_peer: false }
    const startedAt = performance.now()
    await talking.post(HOST_REPORT_PATH, { ...CARRIERS, pairs: [unheard] })
    expect(await silentLink.next()).toEqual(PING)
    let last = await silentLink.next()
    while (last !== null) last = await silentLink.next()
    // Without the suspicion it would take 5 s.
    expect(performance.now() - startedAt).toBeLessThan(4500)
  })

  test('a second stream of a host ends the first one', async () => {
    const node = await joinNode(controlPlane, { name: 'lb-twice' })
    using first = await node.follow(HOST_LINK_PATH, HELLO)
    expect([await first.next(), await first.next()]).toMatchObject([NETWORKS, PING])
    using second = await node.follow(HOST_LINK_PATH, HELLO)
    expect([await second.next(), await second.next()]).toMatchObject([NETWORKS, PING])
    expect(await first.next()).toBeNull()
    expect(await second.next()).toEqual(PING)
  })

  test('what a host fails over is recorded once, and nothing of load balancers that it does not have', async () => {
    const region = 'fr-par' as const
    const b = { region, cluster: 'b' as const, name: 'lb-f2' }
    const one = await joinNode(controlPlane, { region, name: 'lb-f1' }, { address: '10.0.2.1' })
    const other = await joinNode(controlPlane, b, { address: '10.0.2.2' })
    const lbs = `/lb/v1/regions/${region}/lbs`
    const { body: local } = await controlPlane.call('POST', lbs, { name: 'local' })
    using linkA = await one.follow(HOST_LINK_PATH, HELLO)
    using linkB = await other.follow(HOST_LINK_PATH, HELLO)
    for (const link of [linkA, linkB]) expect(await link.next()).toMatchObject(NETWORKS)
    const { body: placed } = await controlPlane.call('POST', lbs, { name: 'placed' })
    const failovers = [failover(placed.id), failover(local.id), failover(randomUUID())]
    const report = { type: 'failed_over', failovers }
    for (let at = 0; at < 2; at += 1) {
      expect((await other.post(HOST_REPORT_PATH, report)).status).toBe(204)
    }
    const recorded = async ({ id }: { id: string }) =>
      (await controlPlane.call('GET', `/fairlead/v1/lbs/${id}/failovers`)).body.failovers
    expect(await recorded(placed)).toEqual([failovers[0]])
    expect(await recorded(local)).toEqual([])
  })

  test('a host says that its own node hangs, and nothing of others, until its stream ends', async () => {
    const node = await joinNode(controlPlane, { name: 'lb-hung' })
    const problemOf = async (name: string) => (await nodeNamed(controlPlane, name))?.problem
    const link = await node.follow(HOST_LINK_PATH, HELLO)
    await link.next()
    const hung = { reason: 'looping', until: '2026-07-21T10:18:00Z' }
    const nodes = ['lb-hung', 'fr-par-a'].map((name) => ({ node: name, ...hung }))
    await node.post(HOST_REPORT_PATH, { type: 'hung', nodes })
    expect(await problemOf('lb-hung')).toMatch(/^Node lb-hung does not respond/)
    expect(await problemOf('fr-par-a')).toBeNull()
    link.close()
    await expect.poll(() => problemOf('lb-hung')).toBeNull()
  })

  test('a report of a type that another version knows is ignored, and a wrong one is refused', async () => {
    const node = await joinNode(controlPlane, { name: 'lb-report' })
    const statusOf = async (report: unknown) => (await node.post(HOST_REPORT_PATH, report)).status
    expect(await statusOf({ type: 'temperature', celsius: 40 })).toBe(204)
    expect(await statusOf({ ...CARRIERS, fans: 2 })).toBe(204)
    expect(await statusOf({ type: 'carriers', pairs: 'none' })).toBe(400)
    expect(await statusOf([])).toBe(400)
  })
})

describe('on this machine', () => {
  const sent: unknown[] = []
  const heard: unknown[] = []
  let registry: NodeRegistry
  let hosts: HostConnections
  beforeAll(async () => {
    registry = await testRegistry()
    hosts = new HostConnections({
      registry,
      fleet: new Fleet(registry),
      isOn: () => true,
      recordFailovers: async (failovers) => {
        heard.push(failovers)
      },
      completeFailovers: async () => {},
      sendToSupervisor: (message) => sent.push(message),
    })
  })
  const idOf = (name: string) => registry.find(name)?.id ?? ''

  test('orders go to the supervisor, which is always connected, and unknown nodes are not', () => {
    const id = idOf('fr-par-a')
    expect([hosts.isConnected(id), hosts.isConnected('x')]).toEqual([true, false])
    hosts.send(id, PING)
    hosts.send('x', PING)
    expect(sent).toEqual([{ type: 'host_order', node: 'fr-par-a', order: PING }])
  })

  test('reports come from the supervisor, each of one of its nodes', async () => {
    const reports: unknown[] = []
    const unsubscribe = hosts.subscribe((nodeId, report) => reports.push([nodeId, report]))
    const id = idOf('fr-par-b')
    expect(hosts.carriersOf(id)).toBeNull()
    await hosts.receiveLocal('fr-par-b', CARRIERS)
    await hosts.receiveLocal('nobody', CARRIERS)
    expect(hosts.carriersOf(id)).toEqual(CARRIERS)
    expect(hosts.carriersOf(idOf('fr-par-a'))).toBeNull()
    await hosts.receiveLocal('fr-par-b', { type: 'failed_over', failovers: [] })
    expect(heard).toEqual([[]])
    unsubscribe()
    await hosts.receiveLocal('fr-par-b', CARRIERS)
    expect(reports).toEqual([
      [id, CARRIERS],
      [id, { type: 'failed_over', failovers: [] }],
    ])
  })

  test('a host that connects again is known to have been away', () => {
    const { id } = testNode('fr-par-b')
    const heard: unknown[] = []
    const unsubscribe = hosts.subscribe((nodeId, report) => heard.push([nodeId, report]))
    const first = hosts.connect(id)
    const second = hosts.connect(id)
    expect(heard).toEqual([[id, null]])
    first.disconnect()
    expect([heard.length, hosts.isConnected(id)]).toEqual([1, true])
    second.disconnect()
    expect([heard.length, hosts.isConnected(id)]).toEqual([2, false])
    unsubscribe()
  })

  test('a host that reads none of its orders is disconnected, and its carriers are unknown', async () => {
    const { id } = testNode('fr-par-a')
    const { orders, disconnect } = hosts.connect(id)
    const stream = orders(new AbortController().signal)
    expect((await stream.next()).value).toEqual(PING)
    await hosts.receive({ ...testNode('fr-par-a'), id }, CARRIERS)
    expect(hosts.carriersOf(id)).toEqual(CARRIERS)
    for (let at = 0; at < 1001; at += 1) hosts.send(id, PING)
    expect((await stream.next()).done).toBe(true)
    disconnect()
    expect([hosts.isConnected(id), hosts.carriersOf(id)]).toEqual([false, null])
  })
})

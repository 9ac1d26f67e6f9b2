import { describe, expect, test, vi } from 'vitest'
import { follow } from '#lib/testing/control-plane/follow-stream.ts'
import { runControlPlane } from '#lib/testing/control-plane/running-control-plane.ts'
import {
  configsIn,
  runWithHosts,
  runWithSettings,
} from '#lib/testing/control-plane/running-hosts.ts'

const PARIS = '/lb/v1/regions/fr-par'

describe('a new load balancer', () => {
  test('is on the local nodes where there are no hosts', async () => {
    await using running = await runWithHosts()
    const lb = await running.createLb()
    for (const node of ['fr-par-a', 'fr-par-b']) {
      expect(await running.configs(node)).toMatchObject([{ lb_id: lb.id, carriage: null }])
    }
  })

  test('is on the local nodes where no two hosts of different clusters are there', async () => {
    await using running = await runWithHosts('a1', 'a2')
    const lb = await running.createLb()
    expect(await running.configs('fr-par-a1')).toEqual([])
    expect(await running.configs('fr-par-b')).toMatchObject([{ lb_id: lb.id }])
  })

  test('is on a pair of hosts, and only they are sent it', async () => {
    await using running = await runWithHosts('a1', 'b1')
    const nodes = await running.runNodes('a1', 'b1')
    const lb = await running.createLb()
    const pair = {
      number: 1,
      a: { node: 'fr-par-a1', address: '10.99.0.11' },
      b: { node: 'fr-par-b1', address: '10.99.0.21' },
    }
    const carriage = { pair, carrier: 'a', epoch: 0 }
    await vi.waitFor(() => {
      for (const { configs } of nodes) {
        expect([...configs.values()]).toMatchObject([{ lb_id: lb.id, master: 'a', carriage }])
      }
    }, 10_000)
    for (const node of ['fr-par-a', 'fr-par-b']) expect(await running.configs(node)).toEqual([])
    const { body } = await running.controlPlane.call('GET', `/fairlead/v1/lbs/${lb.id}/observed`)
    const names = body.instances.map(({ node }: { node: string }) => node)
    expect(names).toEqual(['fr-par-a1', 'fr-par-b1'])
  })

  test('goes where there are fewest, with masters in both clusters', async () => {
    await using running = await runWithHosts('a1', 'a2', 'b1', 'b2')
    const nodes = await running.runNodes('a1', 'a2', 'b1', 'b2')
    for (let at = 0; at < 8; at += 1) await running.createLb(`lb-${at}`)
    const all = () => nodes.map(({ configs }) => [...configs.values()])
    await vi.waitFor(
      () => expect(all().map((configs) => configs.length)).toEqual([4, 4, 4, 4]),
      10_000,
    )
    const masters = Map.groupBy(all().flat(), ({ master, carriage }) =>
      [carriage?.pair.number, master].join(' '),
    )
    expect([...masters.keys()].toSorted()).toEqual(
      [1, 2, 3, 4].flatMap((pair) => [`${pair} a`, `${pair} b`]),
    )
  })

  test('goes on a pair whose hosts are both there', async () => {
    await using running = await runWithHosts('a1', 'b1', 'b2')
    running.hosts.kill('fr-par-b1')
    const [, b2] = await running.runNodes('a1', 'b2')
    for (let at = 0; at < 3; at += 1) await running.createLb(`lb-${at}`)
    await vi.waitFor(() => expect(b2?.configs.size).toBe(3), 10_000)
  })

  test('that is deleted is removed from its hosts', async () => {
    await using running = await runWithHosts('a1', 'b1')
    const nodes = await running.runNodes('a1', 'b1')
    const lb = await running.createLb()
    const sizes = () => nodes.map(({ configs }) => configs.size)
    await vi.waitFor(() => expect(sizes()).toEqual([1, 1]), 10_000)
    await running.controlPlane.call('DELETE', `${PARIS}/lbs/${lb.id}`)
    await vi.waitFor(() => expect(sizes()).toEqual([0, 0]), 10_000)
  })
})

test('without nodes on this machine a load balancer waits for hosts of both clusters', async () => {
  await using controlPlane = await runControlPlane({ hasLocalNodes: false, nodes: [] })
  const { status, body } = await controlPlane.call('POST', `${PARIS}/lbs`, { name: 'shop' })
  expect([status, body.precondition]).toEqual([412, 'not_ready'])
  expect(body.help_message).toMatch(
    /^No hosts can take a load balancer in fr-par\. .* this machine runs no nodes \(FAIRLEAD_ROLES\)/,
  )
})

test('placements and pairs are there after a restart, and a pair keeps its number', async () => {
  const hasLocalNodes = false
  await using running = await runWithSettings({ hasLocalNodes }, 'a1', 'b1', 'b2')
  const [, b1] = await running.runNodes('a1', 'b1')
  await running.createLb()
  await vi.waitFor(() => expect(b1?.configs.size).toBe(1), 10_000)
  const { database, databaseFile, keyFile } = running.controlPlane.settings
  await running.stop()
  const again = await runControlPlane({ database, databaseFile, keyFile, hasLocalNodes })
  using _owner = await follow(again, 'fr-par-a1')
  using standby = await follow(again, 'fr-par-b1')
  const messages = await standby.untilSynced()
  // With a shared database the control plane first gets the lease to try configurations on the pair.
  while (configsIn(messages).length === 0) messages.push(await standby.next())
  expect(configsIn(messages)).toEqual([...(b1?.configs.values() ?? [])])
  await again.stop()
})

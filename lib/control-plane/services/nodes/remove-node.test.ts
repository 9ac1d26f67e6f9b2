import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { configPath, reportPath } from '#lib/protocol/stream.ts'
import { joinNode, runJoinableControlPlane } from '#lib/testing/control-plane/joined-node.ts'
import { changesOf, deniedDetails, nodeNamed } from '#lib/testing/control-plane/node-records.ts'
import type { RunningControlPlane } from '#lib/testing/control-plane/running-control-plane.ts'
import { followRequest } from '#lib/testing/control-plane/test-nodes.ts'

const NODES = '/fairlead/v1/nodes'

let controlPlane: RunningControlPlane
beforeAll(async () => {
  controlPlane = await runJoinableControlPlane()
})
afterAll(() => controlPlane.stop())

describe('a node that is removed', () => {
  test('is refused at once, its streams end, and its name can be used again', async () => {
    const node = await joinNode(controlPlane, { name: 'lb-gone' })
    using stream = await node.follow(configPath(1), followRequest())
    using host = await node.follow('/nodes/v1/host', { host: 'host-2', version: '1' })
    const opened = [await stream.next(), await host.next(), await host.next()]
    expect(opened.map(({ type }) => type)).toEqual(['synced', 'networks', 'ping'])
    expect((await controlPlane.call('DELETE', `${NODES}/${node.id}`)).status).toBe(204)
    expect([await stream.next(), await host.next()]).toEqual([null, null])
    const refused = await node.post(reportPath(1), { lbs: [] })
    expect([refused.status, refused.body.reason]).toEqual([403, 'removed'])
    await expect
      .poll(() => deniedDetails(controlPlane))
      .toMatch(/POST \/nodes\/v1\/report: This node was removed/)
    expect(await nodeNamed(controlPlane, 'lb-gone')).toBeUndefined()
    const again = await joinNode(controlPlane, { name: 'lb-gone' })
    expect(again.id).not.toBe(node.id)
    expect((await node.post(reportPath(1), { lbs: [] })).status).toBe(403)
    expect((await again.post(reportPath(1), { lbs: [] })).status).toBe(204)
    expect(await changesOf(controlPlane, node.id)).toMatchObject([
      { verb: 'join' },
      { verb: 'delete', before: { name: 'lb-gone', host: 'host-2' } },
    ])
  })

  test('is not one on which load balancers are placed, until they are elsewhere', async () => {
    const region = 'nl-ams' as const
    const a = await joinNode(controlPlane, { region, name: 'ams-1' }, { address: '10.0.1.1' })
    const b = await joinNode(
      controlPlane,
      { region, cluster: 'b', name: 'ams-2' },
      { address: '10.0.1.2' },
    )
    const hello = { host: 'ams', version: '1' }
    using linkA = await a.follow('/nodes/v1/host', hello)
    using linkB = await b.follow('/nodes/v1/host', hello)
    for (const link of [linkA, linkB]) expect((await link.next()).type).toBe('networks')
    const lbs = `/lb/v1/regions/${region}/lbs`
    const { body: lb } = await controlPlane.call('POST', lbs, { name: 'placed' })
    const refused = await controlPlane.call('DELETE', `${NODES}/ams-1`)
    expect([refused.status, refused.body.help_message]).toEqual([
      412,
      'A load balancer is placed on ams-1. Move it to other nodes first.',
    ])
    await controlPlane.call('DELETE', `${lbs}/${lb.id}`)
    expect((await controlPlane.call('DELETE', `${NODES}/ams-1`)).status).toBe(204)
  })

  test('no longer keeps load balancers that had diverged on it from being sent', async () => {
    const { body: lb } = await controlPlane.call('POST', '/lb/v1/regions/fr-par/lbs', { name: 'x' })
    const node = await joinNode(controlPlane, { name: 'lb-diverged' })
    const foreign = { generation: 7, revision: 'foreign', changed_at: lb.created_at, address: null }
    using stream = await node.follow(configPath(1), followRequest({ known: { [lb.id]: foreign } }))
    const diverged = async () =>
      (await controlPlane.call('GET', '/fairlead/v1/divergences')).body.divergences.length
    await stream.next()
    expect(await diverged()).toBe(1)
    await controlPlane.call('DELETE', `${NODES}/${node.id}`)
    expect(await diverged()).toBe(0)
  })

  test('is not one of the control plane’s own machine, nor one that does not exist', async () => {
    const local = await controlPlane.call('DELETE', `${NODES}/fr-par-a`)
    expect([local.status, local.body.help_message]).toEqual([
      412,
      "fr-par-a is a node of the control plane's own machine, so it can't be removed.",
    ])
    expect((await controlPlane.call('DELETE', `${NODES}/mars`)).status).toBe(404)
  })
})

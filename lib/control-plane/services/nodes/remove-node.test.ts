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
    expect([(await stream.next()).type, (await host.next()).type]).toEqual(['synced', 'ping'])
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
    expect(changesOf(controlPlane, node.id)).toMatchObject([
      { verb: 'join' },
      { verb: 'delete', before: { name: 'lb-gone', host: 'host-2' } },
    ])
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

import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Cluster } from '#lib/core/locality.ts'
import { HOST_LINK_PATH, HOST_REPORT_PATH } from '#lib/protocol/host-link.ts'
import { joinNode, runJoinableControlPlane } from '#lib/testing/control-plane/joined-node.ts'
import { changesOf, nodeNamed } from '#lib/testing/control-plane/node-records.ts'
import type { RunningControlPlane } from '#lib/testing/control-plane/running-control-plane.ts'

const LBS = '/lb/v1/regions/nl-ams/lbs'
const CARRIERS = { type: 'carriers', pairs: [], problem: null } as const

let controlPlane: RunningControlPlane
beforeAll(async () => {
  controlPlane = await runJoinableControlPlane()
})
afterAll(() => controlPlane.stop())

const join = (cluster: Cluster, address: string) =>
  joinNode(controlPlane, { region: 'nl-ams', cluster, name: `moved-${cluster}` }, { address })
const hello = (...addresses: string[]) => ({ host: 'host-2', version: '1', addresses })

test('a host with another address is taken over, unless load balancers are placed on it', async () => {
  const [a, b] = [await join('a', '10.0.1.1'), await join('b', '10.0.1.2')]
  using peer = await b.follow(HOST_LINK_PATH, hello('10.0.1.2', '10.0.5.2'))
  await b.post(HOST_REPORT_PATH, CARRIERS)
  const addressOfPeer = async () => {
    for (;;) {
      const { type, pairs } = await peer.next()
      if (type === 'pairs') return pairs[0].a.address
    }
  }
  expect(await addressOfPeer()).toBe('10.0.1.1')
  {
    using link = await a.follow(HOST_LINK_PATH, hello('10.0.1.9', '10.0.5.9'))
    expect((await link.next()).type).toBe('networks')
    expect(await addressOfPeer()).toBe('10.0.1.9')
  }
  expect(await nodeNamed(controlPlane, 'moved-a')).toMatchObject({ address: '10.0.1.9' })
  expect((await changesOf(controlPlane, a.id)).at(-1)).toMatchObject({
    verb: 'update',
    actor_name: 'host',
    before: { address: '10.0.1.1' },
    after: { name: 'moved-a', address: '10.0.1.9' },
  })
  const { body: lb } = await controlPlane.call('POST', LBS, { name: 'site' })
  const refused = await a.post(HOST_LINK_PATH, hello('10.0.1.8'))
  const words =
    /^The host of moved-a had the address 10\.0\.1\.9, and has 10\.0\.1\.8 now\. A load balancer is placed on it,/
  expect([refused.status, refused.body.help_message]).toEqual([412, expect.stringMatching(words)])
  expect((await nodeNamed(controlPlane, 'moved-a'))?.problem).toMatch(words)
  const same = await a.post(HOST_LINK_PATH, hello('10.0.1.2'))
  expect(same.body.help_message).toMatch(/That is the address of moved-b\./)
  await controlPlane.call('DELETE', `${LBS}/${lb.id}?release_ip=true`)
  using link = await a.follow(HOST_LINK_PATH, hello('10.0.1.8'))
  expect((await link.next()).type).toBe('networks')
  expect(await nodeNamed(controlPlane, 'moved-a')).toMatchObject({
    address: '10.0.1.8',
    problem: null,
  })
})

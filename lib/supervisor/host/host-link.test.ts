import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import type { HostOrder } from '#lib/protocol/host-link.ts'
import { runJoinableControlPlane } from '#lib/testing/control-plane/joined-node.ts'
import { nodeNamed } from '#lib/testing/control-plane/node-records.ts'
import type { RunningControlPlane } from '#lib/testing/control-plane/running-control-plane.ts'
import { joinedIdentity } from '#lib/testing/supervisor/joined-identity.ts'
import { HostLink } from './host-link.ts'

const NODES = '/fairlead/v1/nodes'

let controlPlane: RunningControlPlane
beforeAll(async () => {
  controlPlane = await runJoinableControlPlane()
})
afterAll(() => controlPlane.stop())

/** The link of a node that has joined. */
async function linkOf(name: string, addresses: string[] = []) {
  const joined = await joinedIdentity(controlPlane, { name })
  const orders: HostOrder['type'][] = []
  const onRemoved = vi.fn()
  const link = new HostLink(joined.access, {
    addresses: () => addresses,
    name: () => null,
    onConnected: () => {},
    onOrder: async ({ type }) => {
      orders.push(type)
      return null
    },
    onRemoved,
  })
  onTestFinished(() => {
    link.stop()
    joined[Symbol.dispose]()
  })
  return { link, orders, onRemoved, node: joined.node }
}

test('orders arrive, and a report that the control plane refuses keeps no others back', async () => {
  const { link, orders, node } = await linkOf('lb-linked')
  link.report({ type: 'carrier_yielded', id: 7 } as never)
  const hung = { node: node.name, reason: 'looping', until: '2026-07-21T10:18:00Z' } as const
  link.report({ type: 'hung', nodes: [hung] })
  void link.run()
  await vi.waitFor(() => expect(orders.slice(0, 2)).toEqual(['networks', 'ping']), 5000)
  const problem = async () => (await nodeNamed(controlPlane, node.name))?.problem
  await expect.poll(problem, { timeout: 5000 }).toMatch(/^Node lb-linked does not respond/)
})

test('a removed node is told so when its stream has ended', async () => {
  const { link, orders, onRemoved, node } = await linkOf('lb-removed')
  void link.run()
  await vi.waitFor(() => expect(orders).toContain('ping'), 5000)
  expect(onRemoved).not.toHaveBeenCalled()
  await controlPlane.call('DELETE', `${NODES}/${node.id}`)
  await vi.waitFor(() => expect(onRemoved).toHaveBeenCalled(), 5000)
})

test('the host says which addresses it has', async () => {
  const { link, orders, node } = await linkOf('lb-moved', ['10.0.0.99'])
  void link.run()
  await vi.waitFor(() => expect(orders).toContain('ping'), 5000)
  expect(await nodeNamed(controlPlane, node.name)).toMatchObject({ address: '10.0.0.99' })
})

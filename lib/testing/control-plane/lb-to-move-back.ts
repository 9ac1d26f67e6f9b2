import { expect, vi } from 'vitest'
import type { RegionPlacement } from '#lib/core/placement.ts'
import { type RunningHosts, runWithHosts } from './running-hosts.ts'

export const PLACEMENT_PATH = '/fairlead/v1/regions/fr-par/placement'

/** Where the load balancers of Paris are. */
export const placement = async ({ controlPlane }: RunningHosts): Promise<RegionPlacement> =>
  (await controlPlane.call('GET', PLACEMENT_PATH)).body

/** Drains nodes by their short names. */
export async function drain({ controlPlane }: RunningHosts, ...ids: string[]): Promise<void> {
  for (const id of ids) await controlPlane.call('POST', `/fairlead/v1/nodes/fr-par-${id}/drain`)
}

/** Returns nodes to service. */
export async function undrain({ controlPlane }: RunningHosts, ...ids: string[]): Promise<void> {
  for (const id of ids) await controlPlane.call('POST', `/fairlead/v1/nodes/fr-par-${id}/undrain`)
}

/** A load balancer on a1 and b1, and local nodes on the same network. The hosts are draining. */
export async function withLbToMoveBack() {
  const running = await runWithHosts('a', 'b', 'a1', 'b1')
  const [a, b, ...hosts] = await running.runNodes('a', 'b', 'a1', 'b1')
  await drain(running, 'a', 'b')
  const { id } = await running.createLb()
  await vi.waitFor(() => expect(running.hosts.acceptingNodes(id)).toEqual(['fr-par-a1']), 10_000)
  for (const host of hosts) await host.report(id)
  await undrain(running, 'a', 'b')
  await drain(running, 'a1', 'b1')
  return { running, id, local: [a, b], hosts }
}

import type { Region } from '#lib/core/locality.ts'
import type { HostReports } from '../nodes/hosts/host-links.ts'
import { isJoined, type NodeRegistry } from '../nodes/registry/node-registry.ts'
import type { PlacementRow } from '../store/placement-tables.ts'
import { isElected } from './carriers.ts'
import type { Placements } from './placements.ts'

type Parts = { placements: Placements; registry: NodeRegistry; hosts: HostReports }

/** The ids of the nodes of the control plane's machine, if they are on the network of the HA IPs. */
export function localNodes(registry: NodeRegistry, region: Region): string[] {
  return registry
    .all()
    .filter((node) => node.region === region && !isJoined(node) && node.state !== 'revoked')
    .filter(({ address }) => address !== null)
    .map(({ id }) => id)
}

/** The local nodes that load balancers can move to: one of each cluster, neither of which is draining. */
export function usableLocalNodes(
  { placements, registry }: Pick<Parts, 'placements' | 'registry'>,
  region: Region,
): string[] {
  const nodes = localNodes(registry, region)
  const usable = nodes.filter((id) => !placements.isDraining(id))
  return placements.hasLocalNodes && usable.length === 2 ? usable : []
}

/** The ids of the nodes that a load balancer moves to; none if its next pair does not exist any more. */
export function nextNodes(parts: Pick<Parts, 'placements' | 'registry'>, row: PlacementRow) {
  const { region, next_pair: number } = row
  if (number === null) return localNodes(parts.registry, region)
  const next = parts.placements.pairs.find(region, number)
  return next ? [next.a, next.b] : []
}

/** Whether the hosts that a load balancer moves to could own its HA IP. */
export function canMove(parts: Parts, row: PlacementRow): boolean {
  if (row.next_pair === null) return usableLocalNodes(parts, row.region).length > 0
  const next = parts.placements.pairs.find(row.region, row.next_pair)
  return next !== null && isElected(parts.hosts, next)
}

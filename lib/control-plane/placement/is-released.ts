import type { HostReports } from '../nodes/hosts/host-links.ts'
import type { Fleet } from '../nodes/observed/fleet.ts'
import { isJoined, type NodeRegistry } from '../nodes/registry/node-registry.ts'
import type { PlacementRow } from '../store/placement-tables.ts'
import type { Placements } from './placements.ts'

/** Reports on connections in progress may be so old. Milliseconds. */
const REPORTED_MS = 2000
/** How long the former owner keeps connections in progress. Milliseconds. */
const RELEASE_MS = 3_600_000

type Parts = { placements: Placements; registry: NodeRegistry; fleet: Fleet; hosts: HostReports }

/** Whether the nodes that a load balancer has moved away from can remove it. A node that is away has to be told first. */
export function isReleased(
  { placements, registry, fleet, hosts }: Parts,
  { lb_id: lbId, region, pair, former_pair, phase_since }: PlacementRow,
): boolean {
  const elapsed = Date.now() - Date.parse(phase_since ?? '')
  if (elapsed < REPORTED_MS) return false
  if (elapsed > RELEASE_MS) return true
  const present = placements.pairs.find(region, pair)
  const former = placements.pairs.find(region, former_pair)
  // Its pair does not exist any more if one of its nodes was removed.
  if (former_pair !== null && !former) return true
  const formerNodes = former
    ? [former.a, former.b]
    : registry
        .all()
        .filter((node) => node.region === region && !isJoined(node))
        .map(({ id }) => id)
  return formerNodes
    .filter((nodeId) => nodeId !== present?.a && nodeId !== present?.b)
    .every((nodeId) => {
      if (!registry.find(nodeId)) return true
      if (former && !hosts.isConnected(nodeId)) return false
      const report = fleet.instanceOn(nodeId, lbId)?.report
      return !report || report.counters.connections_current === 0
    })
}

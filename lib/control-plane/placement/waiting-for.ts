import type { HostReports } from '../nodes/hosts/host-links.ts'
import type { Fleet } from '../nodes/observed/fleet.ts'
import type { NodeRegistry } from '../nodes/registry/node-registry.ts'
import type { PlacementRow } from '../store/placement-tables.ts'
import { carrierOwners } from './carriers.ts'
import { isPrepared } from './is-prepared.ts'
import { canMove, localNodes, nextNodes } from './next-hosts.ts'
import type { Placements } from './placements.ts'

type Parts = { placements: Placements; registry: NodeRegistry; hosts: HostReports; fleet: Fleet }

/** What a move waits for, as a sentence; null if nothing keeps it. @param generation the load balancer's present one */
export function waitingFor(parts: Parts, row: PlacementRow, generation: number): string | null {
  if (row.phase === 'releasing')
    return row.handing_over ? handOver(parts, row) : release(parts, row)
  return row.phase === 'preparing' ? preparation(parts, row, generation) : null
}

function preparation(parts: Parts, row: PlacementRow, generation: number): string | null {
  const { hosts, fleet, placements } = parts
  const { lb_id: lbId } = row
  const nodeIds = nextNodes(parts, row)
  if (nodeIds.length === 0) return 'Its next hosts were removed. Cancel the move.'
  const away = nodeIds.filter((id) => !hosts.isConnected(id))
  if (away.length > 0) return `Waiting for ${names(parts, away)} to connect.`
  const behind = nodeIds.filter((id) => !isPrepared(fleet, id, lbId, generation))
  if (behind.length > 0) return `Waiting for ${names(parts, behind)} to apply the configuration.`
  const present = placements.pairOf(row)
  const isOwned = !present || carrierOwners(hosts, present)[row.carrier] !== null
  if (!isOwned) return `Waiting for ${names(parts, [present.a, present.b])} to return.`
  if (canMove(parts, row)) return null
  if (row.next_pair === null)
    return `Return ${names(parts, nodeIds)} to service, or cancel the move.`
  return `Waiting for ${names(parts, nodeIds)} to hear each other.`
}

function handOver(parts: Parts, row: PlacementRow): string | null {
  const pair = parts.placements.pairOf(row)
  const nodeIds = pair ? [pair.a, pair.b] : localNodes(parts.registry, row.region)
  return `Waiting for ${names(parts, nodeIds)} to take its HA IP over.`
}

function release(parts: Parts, { region, pair, former_pair, lb_id: lbId }: PlacementRow) {
  const { placements, hosts, fleet } = parts
  const present = placements.pairs.find(region, pair)
  const former = placements.pairs.find(region, former_pair)
  const left = former ? [former.a, former.b] : []
  const nodeIds = left.filter((id) => id !== present?.a && id !== present?.b)
  const away = nodeIds.filter((id) => !hosts.isConnected(id))
  if (away.length > 0) return `Waiting for ${names(parts, away)} to return and give it up.`
  const counts = nodeIds.map(
    (id) => fleet.instanceOn(id, lbId)?.report.counters.connections_current ?? 0,
  )
  const open = counts.reduce((sum, count) => sum + count, 0)
  return open > 0
    ? `Waiting for ${open} connections in progress on ${names(parts, nodeIds)}.`
    : null
}

function names({ registry }: Parts, nodeIds: string[]): string {
  return nodeIds.map((id) => registry.find(id)?.name ?? 'a removed node').join(' and ')
}

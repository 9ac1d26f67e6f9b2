import type { HostLinks } from '../nodes/hosts/host-links.ts'
import type { Fleet } from '../nodes/observed/fleet.ts'
import type { NodeRegistry } from '../nodes/registry/node-registry.ts'
import type { PlacementRow } from '../store/placement-tables.ts'
import { isElected } from './carriers.ts'
import { isPrepared } from './is-prepared.ts'
import type { StoredPair } from './pairs.ts'
import type { Placements } from './placements.ts'

type Parts = { placements: Placements; registry: NodeRegistry; hosts: HostLinks; fleet: Fleet }

/** What a move waits for, as a sentence; null if nothing keeps it. @param generation the load balancer's present one */
export function waitingFor(parts: Parts, row: PlacementRow, generation: number): string | null {
  const { placements } = parts
  if (row.phase === 'releasing')
    return row.handing_over ? handOver(parts, row) : release(parts, row)
  const next = placements.pairs.find(row.region, row.next_pair)
  if (row.phase !== 'preparing' || !next) return null
  return preparation(parts, row, { next, generation })
}

function preparation(
  parts: Parts,
  { lb_id: lbId }: PlacementRow,
  { next, generation }: { next: StoredPair; generation: number },
): string | null {
  const { hosts, fleet } = parts
  const nodeIds = [next.a, next.b]
  const away = nodeIds.filter((id) => !hosts.isConnected(id))
  if (away.length > 0) return `Waiting for ${names(parts, away)} to connect.`
  const behind = nodeIds.filter((id) => !isPrepared(fleet, id, lbId, generation))
  if (behind.length > 0) return `Waiting for ${names(parts, behind)} to apply the configuration.`
  return isElected(hosts, next) ? null : `Waiting for ${names(parts, nodeIds)} to hear each other.`
}

function handOver(parts: Parts, row: PlacementRow): string | null {
  const pair = parts.placements.pairOf(row)
  return pair && `Waiting for ${names(parts, [pair.a, pair.b])} to take its HA IP over.`
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

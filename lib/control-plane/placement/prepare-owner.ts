import type { Logger } from 'pino'
import type { Cluster } from '#lib/core/locality.ts'
import type { Authority } from '../authority/authority.ts'
import type { Fleet } from '../nodes/observed/fleet.ts'
import { isJoined } from '../nodes/registry/node-registry.ts'
import type { PlacementRow } from '../store/placement-tables.ts'
import { carrierOwners } from './carriers.ts'
import type { FlipParts } from './flip.ts'
import type { PairLocks } from './pair-locks.ts'
import type { StoredPair } from './pairs.ts'

/** What moves load balancers. */
export type MoveParts = FlipParts & {
  fleet: Fleet
  locks: PairLocks
  /** Makes a cluster's local node the active node of a load balancer. @returns what prevents that; null if it is active */
  switchOverLocally: (lbId: string, to: Cluster, authority: Authority) => Promise<string | null>
  log: Logger
}

/** `next`: where the load balancer moves to. */
type Preparation<Next> = { row: PlacementRow; next: Next; authority: Authority }

/**
 * Returns the owner of an HA IP. If a local node is in the next pair too, makes it the owner first, so that the owner stays.
 * @param next null for the local nodes
 * @returns null if no node has the HA IP; undefined if its owner is unknown for now
 */
export async function prepareOwner(
  parts: MoveParts,
  { row, next, authority }: Preparation<StoredPair | null>,
): Promise<string | null | undefined> {
  const { placements, hosts } = parts
  const pair = placements.pairOf(row)
  if (!pair) return next ? prepareLocalOwner(parts, { row, next, authority }) : undefined
  const owner = carrierOwners(hosts, pair)[row.carrier]
  return owner === null || owner === 'both' ? undefined : pair[owner]
}

async function prepareLocalOwner(
  { registry, fleet, switchOverLocally, log }: MoveParts,
  { row: { lb_id: lbId, region }, next, authority }: Preparation<StoredPair>,
): Promise<string | null | undefined> {
  const local = (['a', 'b'] as const).flatMap((cluster) =>
    registry.onCluster(region, cluster).filter((node) => !isJoined(node)),
  )
  if (local.length === 0) return null
  const active = local.find(({ id }) => fleet.instanceOn(id, lbId)?.report.active)
  if (!active?.address) return undefined
  const member = local.find(({ id }) => id === next.a || id === next.b)
  if (!member || member.id === active.id) return active.id
  const problem = await switchOverLocally(lbId, member.cluster, authority)
  if (problem) log.warn({ lb_id: lbId, problem }, 'load balancer cannot move yet')
  return problem ? undefined : member.id
}

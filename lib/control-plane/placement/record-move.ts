import type { Logger } from 'pino'
import type { Failover } from '#lib/core/failover.ts'
import { Authority } from '../authority/authority.ts'
import type { RecordingParts } from '../failovers/failover-history.ts'
import type { HostLinks } from '../nodes/hosts/host-links.ts'
import type { NodeRegistry } from '../nodes/registry/node-registry.ts'
import { changeLb } from '../services/change.ts'
import type { MoveOrigin, PlacementRow } from '../store/placement-tables.ts'
import { carrierOwners } from './carriers.ts'
import type { StoredPair } from './pairs.ts'
import type { Placements } from './placements.ts'

/** A load balancer has moved. */
type RecordedMove = {
  lbId: string
  /** The names of the nodes that had it before, and that have it now. */
  fromNodes: string[]
  toNodes: string[]
  /** The node that owned its HA IP before, and the one that does now. */
  fromOwner: string | null
  toOwner: string
  /** How long new connections waited; 0 if the owner stayed. Milliseconds. */
  gapMs: number
  requestedBy: MoveOrigin | null
}

const AUTOMATIC: MoveOrigin = {
  actor: { kind: 'system', id: 'placement', name: 'placement' },
  origin: null,
}

type Parts = RecordingParts & {
  placements: Placements
  registry: NodeRegistry
  hosts: HostLinks
  log: Logger
}

/**
 * Records a move that hosts have carried out. The load balancer has moved already, so a failed write is only logged.
 * @param pair null for the local nodes
 * @param failover missing if the owner stayed
 */
export async function recordDelivered(
  parts: Parts,
  pair: StoredPair | null,
  { row, failover }: { row: PlacementRow; failover: Failover | undefined },
): Promise<void> {
  const { placements, registry, hosts, log } = parts
  const nameOf = (nodeId: string) => registry.find(nodeId)?.name ?? nodeId
  const former = placements.pairs.find(row.region, row.former_pair)
  const local = [`${row.region}-a`, `${row.region}-b`]
  const owner = pair && carrierOwners(hosts, pair)[row.carrier]
  try {
    await recordMove(parts, {
      lbId: row.lb_id,
      fromNodes: former ? [former.a, former.b].map(nameOf) : local,
      toNodes: pair ? [pair.a, pair.b].map(nameOf) : local,
      fromOwner: row.former_owner && nameOf(row.former_owner),
      toOwner: pair
        ? nameOf(pair[owner === 'b' ? 'b' : 'a'])
        : localOwner(row, { failover, nameOf }),
      gapMs: failover?.gap_ms ?? 0,
      requestedBy: row.requested_by,
    })
  } catch (err) {
    log.error({ err, lb_id: row.lb_id }, 'move could not be recorded')
  }
}

/** A local node that was the owner before stays it. */
function localOwner(
  { region, former_owner: formerOwner }: PlacementRow,
  { failover, nameOf }: { failover: Failover | undefined; nameOf: (nodeId: string) => string },
): string {
  if (!failover && formerOwner) return nameOf(formerOwner)
  return `${region}-${failover?.to ?? 'a'}`
}

/** Adds an entry to the history. Its generation has the new carriage, so the nodes get it with the next configuration too. */
async function recordMove(
  { store, commits }: Pick<RecordingParts, 'store' | 'commits'>,
  { lbId, fromNodes, toNodes, fromOwner, toOwner, gapMs, requestedBy }: RecordedMove,
): Promise<void> {
  const ctx = { store, commits, authority: Authority.system, ...(requestedBy ?? AUTOMATIC) }
  await changeLb(ctx, lbId, async (_writer, _at, lb) => {
    const before = { ...lb, nodes: fromNodes, active_node: fromOwner }
    const after = { ...lb, nodes: toNodes, active_node: toOwner, gap_ms: gapMs }
    const entry = { verb: 'move', type: 'lb' as const, id: lbId, before, after }
    return { entries: [entry], result: async () => undefined }
  })
}

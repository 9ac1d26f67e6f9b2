import type { Logger } from 'pino'
import type { Failover } from '#lib/core/failover.ts'
import type { Authority } from '../authority/authority.ts'
import type { RecordingParts } from '../failovers/failover-history.ts'
import { TermEnded } from '../leadership/term-ended.ts'
import type { HostReports } from '../nodes/hosts/host-links.ts'
import type { NodeRegistry } from '../nodes/registry/node-registry.ts'
import { changeLb } from '../services/change.ts'
import type { MoveOrigin, PlacementRow } from '../store/placement-tables.ts'
import { carrierOwners } from './carriers.ts'
import type { StoredPair } from './pairs.ts'
import { readPlacements, writePlacement } from './placement-rows.ts'
import { isUndelivered, type Placements } from './placements.ts'

/** A load balancer has moved. */
type RecordedMove = {
  /** The names of the nodes that had it before, and that have it now. */
  fromNodes: string[]
  toNodes: string[]
  /** The node that owned its HA IP before, and the one that does now. */
  fromOwner: string | null
  toOwner: string
  /** How long new connections waited; 0 if the owner stayed. Milliseconds. */
  gapMs: number
  authority: Authority
}

const AUTOMATIC: MoveOrigin = {
  actor: { kind: 'system', id: 'placement', name: 'placement' },
  origin: null,
}

type Parts = RecordingParts & {
  placements: Placements
  registry: NodeRegistry
  hosts: HostReports
  log: Logger
}

/** A move that hosts have carried out. */
type DeliveredMove = {
  row: PlacementRow
  /** Undefined if the owner stayed. */
  failover: Failover | undefined
  authority: Authority
}

/**
 * Records a move that hosts have carried out. The load balancer has moved already, so a failed write is only logged.
 * @param pair null for the local nodes
 * @throws TermEnded: the next leader has it delivered again, and records it
 */
export async function recordDelivered(
  parts: Parts,
  pair: StoredPair | null,
  { row, failover, authority }: DeliveredMove,
): Promise<void> {
  const { placements, registry, hosts, log } = parts
  const nameOf = (nodeId: string) => registry.find(nodeId)?.name ?? nodeId
  const former = placements.pairs.find(row.region, row.former_pair)
  const local = [`${row.region}-a`, `${row.region}-b`]
  const owner = pair && carrierOwners(hosts, pair)[row.carrier]
  try {
    await recordMove(parts, row, {
      fromNodes: former ? [former.a, former.b].map(nameOf) : local,
      toNodes: pair ? [pair.a, pair.b].map(nameOf) : local,
      fromOwner: row.former_owner && nameOf(row.former_owner),
      toOwner: pair
        ? nameOf(pair[owner === 'b' ? 'b' : 'a'])
        : localOwner(row, { failover, nameOf }),
      gapMs: failover?.gap_ms ?? 0,
      authority,
    })
  } catch (err) {
    if (err instanceof TermEnded) throw err
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

/**
 * Adds an entry to the history, once: in the transaction that notes the delivery. Its generation has the new carriage, so the nodes get
 * it with the next configuration too.
 */
async function recordMove(
  { store, commits, placements }: Pick<Parts, 'store' | 'commits' | 'placements'>,
  { lb_id: lbId, carrier_epoch: epoch, requested_by: requestedBy }: PlacementRow,
  { fromNodes, toNodes, fromOwner, toOwner, gapMs, authority }: RecordedMove,
): Promise<void> {
  const ctx = { store, commits, authority, ...(requestedBy ?? AUTOMATIC) }
  const record = () =>
    changeLb(ctx, lbId, async (writer, _at, lb) => {
      const stored = (await readPlacements(writer, [lbId])).get(lbId)
      const isOpen = stored && isUndelivered(stored) && stored.carrier_epoch === epoch
      if (!isOpen) return { entries: [], result: async () => null }
      const delivered = { ...stored, handing_over: 0 }
      await writePlacement(writer, delivered)
      const before = { ...lb, nodes: fromNodes, active_node: fromOwner }
      const after = { ...lb, nodes: toNodes, active_node: toOwner, gap_ms: gapMs }
      const entry = { verb: 'move', type: 'lb' as const, id: lbId, before, after }
      return { entries: [entry], result: async () => delivered }
    })
  await placements.updateWith(record)
}

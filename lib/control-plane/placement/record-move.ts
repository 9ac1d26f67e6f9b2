import { Authority } from '../authority/authority.ts'
import type { RecordingParts } from '../failovers/failover-history.ts'
import { changeLb } from '../services/change.ts'
import type { MoveOrigin } from '../store/placement-tables.ts'

/** A load balancer has moved. */
export type RecordedMove = {
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

/** Adds an entry to the history. Its generation has the new carriage, so the nodes get it with the next configuration too. */
export async function recordMove(
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

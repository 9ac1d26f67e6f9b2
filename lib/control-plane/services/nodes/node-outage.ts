import type { NodeOutage, RegisteredNode } from '#lib/core/node.ts'
import type { Context } from '../../context.ts'
import { isJoined } from '../../nodes/registry/node-registry.ts'

/** Failovers are dated by the other host, whose clock may be behind. */
const CLOCK_DIFFERENCE_MS = 60_000

/**
 * What the loss of a node has caused.
 * @returns null for a node that is connected, has never been, or is on the control plane's own machine
 */
export async function nodeOutage(
  { store, placements, registry }: Pick<Context, 'store' | 'placements' | 'registry'>,
  node: RegisteredNode,
  isConnected: boolean,
): Promise<NodeOutage | null> {
  const since = registry.lastSeen(node.id)
  if (isConnected || since === null || !isJoined(node)) return null
  const after = new Date(Date.parse(since) - CLOCK_DIFFERENCE_MS).toISOString()
  const { failovers, longest } = await store.reader
    .selectFrom('failovers')
    .innerJoin('placements', 'placements.lb_id', 'failovers.lb_id')
    .innerJoin('node_pairs', (join) =>
      join
        .onRef('node_pairs.region', '=', 'placements.region')
        .onRef('node_pairs.number', '=', 'placements.pair'),
    )
    .select(({ fn }) => [
      fn.countAll<number>().as('failovers'),
      fn.max('failovers.gap_ms').as('longest'),
    ])
    .where(node.cluster === 'a' ? 'node_pairs.node_a' : 'node_pairs.node_b', '=', node.id)
    .where('failovers.from_cluster', '=', node.cluster)
    .where('failovers.reason', '=', 'host_lost')
    .where('failovers.at', '>=', after)
    .executeTakeFirstOrThrow()
  return {
    since,
    lbs: placements.countOn(node),
    failovers: Number(failovers),
    longest_gap_ms: longest,
  }
}

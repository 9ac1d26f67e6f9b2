import { nodePlace } from '#lib/config/stream.ts'
import type { NodeList } from '#lib/core/failover.ts'
import type { Context } from '../context.ts'

/** The nodes that have been started, and what they carry. */
export async function listNodes({ ctx }: { ctx: Context }): Promise<NodeList> {
  const nodes = ctx.fleet.summaries().map(({ node, workers, lbs, activeLbs }) => ({
    name: node,
    ...nodePlace(node),
    connected: workers.connected > 0,
    workers,
    lbs,
    active_lbs: activeLbs,
  }))
  return { nodes: nodes.sort((one, other) => one.name.localeCompare(other.name)) }
}

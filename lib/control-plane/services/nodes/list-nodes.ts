import { nodePlace } from '#lib/config/stream.ts'
import type { NodeList } from '#lib/core/failover.ts'
import type { Context } from '../../context.ts'

/** The nodes that have been started, and what they carry. */
export async function listNodes({ ctx }: { ctx: Context }): Promise<NodeList> {
  const lbs = await ctx.store.reader.selectFrom('lbs').select('id').execute()
  const summaries = ctx.fleet.summaries(new Set(lbs.map(({ id }) => id)))
  const nodes = summaries.map(({ node, workers, lbs, activeLbs }) => ({
    name: node,
    ...nodePlace(node),
    connected: workers.connected > 0,
    workers,
    lbs,
    active_lbs: activeLbs,
  }))
  return { nodes: nodes.sort((one, other) => one.name.localeCompare(other.name)) }
}

import { compareNames } from '#lib/core/fold-case.ts'
import type { NodeList, NodeStatus } from '#lib/core/node.ts'
import { VERSION } from '#lib/process/version.ts'
import type { FaultReport } from '#lib/protocol/report.ts'
import { pendingNodes } from '../../nodes/joining/join-tokens.ts'
import {
  certificateMessage,
  hangMessage,
  hostMessage,
  quarantineMessage,
} from '../../nodes/observed/node-messages.ts'
import type { NodeSummary } from '../../nodes/observed/observed-node.ts'
import { isJoined } from '../../nodes/registry/node-registry.ts'
import type { LbRow } from '../../store/tables.ts'
import type { CallWith } from '../call.ts'
import { nodeOutage } from './node-outage.ts'

type Named = Pick<LbRow, 'id' | 'name' | 'generation'>

/** The registered nodes, by name, and what each of them runs; and the nodes that are to join. */
export async function listNodes({
  ctx,
}: CallWith<
  never,
  | 'store'
  | 'fleet'
  | 'registry'
  | 'placements'
  | 'hosts'
  | 'joining'
  | 'demoSocket'
  | 'addressChanges'
>): Promise<NodeList> {
  const rows = await ctx.store.reader
    .selectFrom('lbs')
    .select(['id', 'name', 'generation'])
    .execute()
  const lbs = new Map(rows.map((row) => [row.id, row]))
  const summaries = ctx.fleet.summaries(new Set(lbs.keys()))
  const statuses = summaries.map(async (summary): Promise<NodeStatus> => {
    const { node, workers, lbs: count, activeLbs, hung, faults } = summary
    return {
      ...node,
      connected: workers.connected > 0,
      last_seen_at: ctx.registry.lastSeen(node.id),
      draining: ctx.placements.isDraining(node.id),
      workers,
      // What a node reports is incomplete for a moment after it has connected, and gone while it is lost.
      lbs: isJoined(node) ? ctx.placements.countOn(node) : count,
      active_lbs: activeLbs,
      quarantined: quarantinedOn(summary, lbs),
      problem: hung
        ? hangMessage(hung)
        : (ctx.addressChanges.problemOf(node) ??
          hostMessage(node, ctx.hosts.carriersOf(node.id)?.problem ?? null) ??
          certificateMessage(node)),
      outage: await nodeOutage(ctx, node, workers.connected > 0),
      faults: faultSummary(faults),
    }
  })
  const nodes = await Promise.all(statuses)
  return {
    nodes: nodes.sort((one, other) => compareNames(one.name, other.name)),
    pending: await pendingNodes(ctx.store.reader),
    node_address: ctx.joining?.address ?? null,
    local_nodes: ctx.placements.hasLocalNodes,
    demo: ctx.demoSocket !== null,
    version: VERSION,
  }
}

/** The load balancers whose newest generation is in quarantine. */
function quarantinedOn(
  { node, quarantined }: NodeSummary,
  lbs: ReadonlyMap<string, Named>,
): NodeStatus['quarantined'] {
  return quarantined.flatMap((one) => {
    const lb = lbs.get(one.lb_id)
    if (!lb || lb.generation !== one.generation) return []
    const { lb_id, generation, since, cause, serving } = one
    const problem = quarantineMessage(node.name, one, serving)
    return [{ lb_id, lb_name: lb.name, generation, since, cause, problem }]
  })
}

function faultSummary(faults: FaultReport[]): NodeStatus['faults'] {
  const last = faults.toSorted((one, other) => other.last_at.localeCompare(one.last_at))[0]
  const total = faults.reduce((sum, one) => sum + one.total, 0)
  return { total, last_at: last?.last_at ?? null, last_message: last?.words ?? null }
}

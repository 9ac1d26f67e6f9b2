import type { RegisteredNode } from '#lib/core/node.ts'
import type { Context } from '../../context.ts'
import { ApiError, preconditionFailed } from '../../errors.ts'
import { isJoined } from '../../nodes/registry/node-registry.ts'
import type { Writer } from '../../store/reader.ts'
import type { CallWith, Write } from '../call.ts'
import { change } from '../change.ts'

/** Removes a node that joined from another machine. Its certificate is refused at once, and its streams end. */
export async function removeNode({
  ctx,
  id,
}: CallWith<'id', Write | 'registry' | 'fleet'>): Promise<void> {
  const { registry } = ctx
  const forget = await change(ctx, async (writer) => {
    const node = registry.find(id.toLowerCase())
    if (!node) throw unknownNode(id)
    const problem = await removalProblem(ctx, writer, node)
    if (problem) throw preconditionFailed('resource_still_in_use', problem)
    const commit = await registry.remove(writer, node.id)
    return {
      entries: [{ verb: 'delete', type: 'node', id: node.id, before: node, after: null }],
      result: async () => commit,
    }
  })
  forget()
}

/** Why a node can't be removed now, as a sentence; null if it can. */
async function removalProblem(
  { fleet }: Pick<Context, 'fleet'>,
  writer: Writer,
  node: RegisteredNode,
): Promise<string | null> {
  if (!isJoined(node)) {
    return `${node.name} is a node of the control plane's own machine, so it can't be removed.`
  }
  const lbs = await writer.selectFrom('lbs').select('id').execute()
  const existing = new Set(lbs.map((lb) => lb.id))
  const summary = fleet.summaries(existing).find((one) => one.node.id === node.id)
  const active = summary?.activeLbs ?? 0
  if (active === 0) return null
  const which = active === 1 ? 'a load balancer' : `${active} load balancers`
  return `${node.name} accepts the traffic of ${which}. Drain it first.`
}

export const unknownNode = (id: string) =>
  new ApiError(404, {
    message: `There is no node ${id}. GET /fairlead/v1/nodes lists them.`,
    type: 'not_found',
  })

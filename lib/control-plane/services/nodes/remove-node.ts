import type { RegisteredNode } from '#lib/core/node.ts'
import { ApiError, preconditionFailed } from '../../errors.ts'
import { isJoined } from '../../nodes/registry/node-registry.ts'
import { countStoredOn } from '../../placement/placement-rows.ts'
import type { Reader } from '../../store/reader.ts'
import type { CallWith, Write } from '../call.ts'
import { change } from '../change.ts'

/** Removes a node that joined from another machine. Its certificate is refused at once, and its streams end. */
export async function removeNode({
  ctx,
  id,
}: CallWith<'id', Write | 'registry' | 'placements'>): Promise<void> {
  const { registry } = ctx
  const commit = await change(ctx, async (writer) => {
    const node = registry.find(id.toLowerCase())
    if (!node) throw unknownNode(id)
    const problem = await removalProblem(writer, node)
    if (problem) throw preconditionFailed('resource_still_in_use', problem)
    const commit = await registry.remove(writer, node.id)
    return {
      entries: [{ verb: 'delete', type: 'node', id: node.id, before: node, after: null }],
      result: async () => commit,
    }
  })
  commit()
}

/** Why a node can't be removed now, as a sentence; null if it can. */
async function removalProblem(reader: Reader, node: RegisteredNode): Promise<string | null> {
  if (!isJoined(node)) {
    return `${node.name} is a node of the control plane's own machine, so it can't be removed.`
  }
  const count = await countStoredOn(reader, node)
  if (count === 0) return null
  const [lbs, them] =
    count === 1 ? ['A load balancer is', 'it'] : [`${count} load balancers are`, 'them']
  return `${lbs} placed on ${node.name}. Move ${them} to other nodes first.`
}

export const unknownNode = (id: string) =>
  new ApiError(404, {
    message: `There is no node ${id}. GET /fairlead/v1/nodes lists them.`,
    type: 'not_found',
  })

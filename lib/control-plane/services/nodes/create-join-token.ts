import { CLUSTERS } from '#lib/core/locality.ts'
import { type JoinTokenCreated, NewNode } from '#lib/core/node.ts'
import { REGIONS } from '#lib/core/regions.ts'
import { formatJoinToken } from '#lib/protocol/join.ts'
import { invalidField, preconditionFailed } from '../../errors.ts'
import { nameInUse } from '../../nodes/joining/join-node.ts'
import { insertJoinToken, newJoinToken } from '../../nodes/joining/join-tokens.ts'
import type { CallWith, Write } from '../call.ts'
import { change } from '../change.ts'
import { parseInput } from '../parse-input.ts'

/** The names of nodes on the control plane's own machine, also of those that don't run. */
const LOCAL_NAMES = REGIONS.flatMap((region) => CLUSTERS.map((cluster) => `${region}-${cluster}`))

const NO_ADDRESS =
  'Nodes of other machines have no address to connect to. Set FAIRLEAD_NODE_ADDRESS, for example to 10.0.0.1:3443, and restart Fairlead.'

/** Creates a token with which a host joins as a node, once and within an hour. The token is only in this result. */
export async function createJoinToken({
  ctx,
  input,
}: CallWith<'input', Write | 'registry' | 'joining'>): Promise<JoinTokenCreated> {
  const { joining, registry, actor } = ctx
  const node = parseInput(NewNode, input)
  return change(ctx, async (writer, at) => {
    if (!joining) throw preconditionFailed('disabled', NO_ADDRESS)
    if (LOCAL_NAMES.includes(node.name)) {
      const whose = "is reserved for a node on the control plane's own machine"
      throw invalidField('name', `${node.name} ${whose}. Choose another name.`)
    }
    if (registry.find(node.name)) throw nameInUse(node.name)
    const { secret, row } = newJoinToken(node, actor.name, at)
    await insertJoinToken(writer, row)
    const token = formatJoinToken({ pin: joining.authority.pin, secret })
    const { expires_at } = row
    const after = { ...node, expires_at }
    return {
      entries: [{ verb: 'create', type: 'join_token', id: node.name, before: null, after }],
      result: async () => ({
        token,
        command: `npm run join -- ${token}@${joining.address}`,
        expires_at,
      }),
    }
  })
}

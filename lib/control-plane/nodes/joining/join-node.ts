import { randomUUID } from 'node:crypto'
import { JoinRequest, type JoinResponse } from '#lib/protocol/join.ts'
import type { Origin } from '../../authority/actor.ts'
import { Authority } from '../../authority/authority.ts'
import type { Parts } from '../../context.ts'
import { preconditionFailed } from '../../errors.ts'
import { change } from '../../services/change.ts'
import { parseInput } from '../../services/parse-input.ts'
import type { Writer } from '../../store/reader.ts'
import type { JoiningNode } from '../registry/node-registry.ts'
import { findJoinToken, useJoinToken } from './join-tokens.ts'
import { type Joining, joinResponse } from './joining.ts'

/** Nobody is logged in: whoever has the token may join. */
const JOIN = { kind: 'system', id: 'join', name: 'join' } as const

/**
 * Adds the node that a token was made for, and certifies its key. The token says who the node is; the host says its own name,
 * address and version.
 * @throws ApiError 401 for a token that can't be used, 400 for a signing request that can't be read
 */
export async function joinNode(
  ctx: Pick<Parts, 'store' | 'commits' | 'registry'> & { joining: Joining; origin: Origin },
  input: unknown,
): Promise<JoinResponse> {
  const { secret, csr, host, address, version } = parseInput(JoinRequest, input)
  const { joining, registry, store, commits, origin } = ctx
  const { name, region, cluster, created_by } = await findJoinToken(store.reader, secret)
  const id = randomUUID()
  // Before the token is used up: a signing request that can't be read leaves it valid.
  const certificate = await joining.authority.certifyNode({ id, name }, csr)
  const certificate_expires_at = certificate.expiresAt.toISOString()
  const node: JoiningNode = {
    ...{ id, name, region, cluster, host, address, version },
    certificate_expires_at,
  }
  const caller = { actor: JOIN, authority: Authority.ofJoinToken(secret), origin }
  const joined = await change({ store, commits, ...caller }, async (writer, at) => {
    await useJoinToken(writer, secret, at)
    if (await isNameInUse(writer, name)) throw nameInUse(name)
    const commit = await registry.join(writer, node)
    const after = { name, region, cluster, host, address, version, token_created_by: created_by }
    return {
      entries: [{ verb: 'join', type: 'node', id, before: null, after }],
      result: async () => commit,
    }
  })
  joined()
  return joinResponse(joining, node, certificate)
}

async function isNameInUse(writer: Writer, name: string): Promise<boolean> {
  const query = writer.selectFrom('nodes').select('id').where('name', '=', name)
  return (await query.where('state', '!=', 'revoked').executeTakeFirst()) !== undefined
}

export const nameInUse = (name: string) =>
  preconditionFailed('resource_still_in_use', `There is a node named ${name} already.`)

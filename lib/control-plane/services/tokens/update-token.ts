import { type Role, rightsOf } from '#lib/core/access.ts'
import { type ApiToken, UpdateApiToken } from '#lib/core/api-token.ts'
import type { Actor } from '../../authority/actor.ts'
import { invalidField, permissionsDenied, preconditionFailed } from '../../errors.ts'
import type { Reader } from '../../store/reader.ts'
import type { OwnedToken } from '../../tokens/owned-token.ts'
import { tokenView } from '../../views/token-view.ts'
import type { CallWith, Write } from '../call.ts'
import { change } from '../change.ts'
import { parseInput } from '../parse-input.ts'
import { findToken, refuseFromSettings } from './find-token.ts'

/**
 * Renames an API token, changes its networks, or transfers it to another account. Its owner can rename and limit it. Only owners of
 * the installation can transfer it, so that an account about to be disabled can't keep a working token. Tokens can't update tokens,
 * because one could lift its own limits.
 */
export async function updateToken({
  ctx,
  id,
  input,
}: CallWith<'id' | 'input', Write>): Promise<ApiToken> {
  const { name, networks, owner_id } = parseInput(UpdateApiToken, input)
  return change(ctx, async (writer) => {
    const before = await findToken(writer, id)
    await requireOwner(writer, ctx.actor, before)
    refuseFromSettings(before)
    if (owner_id !== undefined && owner_id !== before.owner_id) {
      await requirePeopleRight(writer, ctx.actor)
      await requireNewOwner(writer, before, owner_id)
    }
    const columns = {
      ...(name !== undefined && { name }),
      ...(networks !== undefined && { networks }),
      ...(owner_id !== undefined && { owner_id }),
    }
    if (Object.keys(columns).length > 0) {
      await writer.updateTable('api_tokens').set(columns).where('access_key', '=', id).execute()
    }
    const after = await findToken(writer, id)
    const isSame = JSON.stringify(before) === JSON.stringify(after)
    const verb = before.owner_id === after.owner_id ? 'update' : 'hand_over'
    const entry = {
      verb,
      type: 'token',
      id,
      before: tokenView(before),
      after: tokenView(after),
    } as const
    return {
      entries: isSame ? [] : [entry],
      result: async () => tokenView(after),
    }
  })
}

/** @throws ApiError 412 if the caller is a token, 403 if the token belongs to another account */
async function requireOwner(reader: Reader, actor: Actor, token: OwnedToken): Promise<void> {
  if (actor.kind !== 'account') {
    throw preconditionFailed(
      'session',
      "API tokens can't change API tokens. Log in and use a session.",
    )
  }
  if (token.owner_id !== actor.id) await requirePeopleRight(reader, actor)
}

/** @throws ApiError 403 if the account isn't an owner of the installation */
async function requirePeopleRight(reader: Reader, actor: Actor): Promise<void> {
  const role = await roleOf(reader, actor.id)
  if (!role || !rightsOf(role).includes('people')) throw permissionsDenied('people', 'tokens')
}

/** @throws ApiError 400 if the token would have fewer rights with that owner */
async function requireNewOwner(reader: Reader, token: OwnedToken, ownerId: string): Promise<void> {
  const role = await roleOf(reader, ownerId)
  if (role === null) {
    throw invalidField('owner_id', 'No active account has this ID. Choose another.')
  }
  const beyond = rightsOf(token.scope).filter((right) => !rightsOf(role).includes(right))
  if (beyond.length === 0) return
  throw invalidField(
    'owner_id',
    "A viewer can't own a token that changes things. Choose an editor or an owner.",
  )
}

/** The role of an enabled account; null for others. */
async function roleOf(reader: Reader, id: string): Promise<Role | null> {
  const account = await reader
    .selectFrom('users')
    .select('role')
    .where('id', '=', id)
    .where('disabled', '=', 0)
    .executeTakeFirst()
  return account?.role ?? null
}

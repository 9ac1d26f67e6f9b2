import type { IamUser, PolicyList } from '#lib/core/iam.ts'
import { ListPolicies } from '#lib/core/iam.ts'
import type { Context } from '../../context.ts'
import { resourceNotFound } from '../../errors.ts'
import type { ApiTokenRow } from '../../store/tables.ts'
import type { CallWith } from '../call.ts'
import { parseInput } from '../parse-input.ts'

/**
 * The IAM user of an API token: the account that owns it. A token without an owner, or whose owner was removed, belongs to the
 * installation, whose user ID is the organization's ID.
 */
export async function bearerOf(
  { store, owner }: Pick<Context, 'store' | 'owner'>,
  { owner_id: ownerId }: ApiTokenRow,
): Promise<string> {
  if (ownerId === null) return owner.organizationId
  const account = await store.reader
    .selectFrom('users')
    .select('id')
    .where('id', '=', ownerId)
    .executeTakeFirst()
  return account?.id ?? owner.organizationId
}

/** An account, or the installation itself, as an IAM user. @throws ApiError 404 */
export async function getUser({ ctx, id }: CallWith<'id', 'store' | 'owner'>): Promise<IamUser> {
  const { owner, store } = ctx
  if (id.toLowerCase() === owner.organizationId) {
    const { organizationId, since } = owner
    return userOf(ctx, { id: organizationId, type: 'owner', since, lastLogin: null, locked: false })
  }
  const account = await store.reader
    .selectFrom('users')
    .select(['id', 'role', 'disabled', 'createdAt', 'last_login_at'])
    .where('id', '=', id)
    .executeTakeFirst()
  if (!account) throw resourceNotFound('user', id)
  return userOf(ctx, {
    id: account.id,
    type: account.role === 'owner' ? 'owner' : 'member',
    since: account.createdAt,
    lastLogin: account.last_login_at,
    locked: account.disabled !== 0,
  })
}

/** Always empty: an account's role and a token's scope decide access. */
export function listPolicies({ query }: CallWith<'query', never>): PolicyList {
  parseInput(ListPolicies, query)
  return { policies: [], total_count: 0 }
}

type UserFields = Pick<IamUser, 'id' | 'type' | 'locked'> & {
  since: string
  lastLogin: string | null
}

function userOf(
  { owner }: Pick<Context, 'owner'>,
  { id, type, locked, since, lastLogin }: UserFields,
): IamUser {
  return {
    ...{ id, type, locked },
    // API tokens can read this, so it contains no names and emails.
    ...{ email: '', username: '', first_name: '', last_name: '', phone_number: '', locale: '' },
    created_at: since,
    updated_at: since,
    organization_id: owner.organizationId,
    deletable: false,
    last_login_at: lastLogin,
    mfa: false,
    account_root_user_id: owner.organizationId,
    tags: [],
  }
}

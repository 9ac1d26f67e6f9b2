import type { IamApiKey } from '#lib/core/iam.ts'
import { resourceNotFound } from '../../errors.ts'
import type { CallWith } from '../call.ts'
import { bearerOf } from './users.ts'

/** An API token as an IAM API key. @throws ApiError 404 */
export async function getApiKey({
  ctx,
  id,
}: CallWith<'id', 'store' | 'owner'>): Promise<IamApiKey> {
  const token = await ctx.store.reader
    .selectFrom('api_tokens')
    .selectAll()
    .where('access_key', '=', id)
    .executeTakeFirst()
  if (!token) throw resourceNotFound('api_key', id)
  return {
    access_key: token.access_key,
    secret_key: null,
    application_id: null,
    user_id: await bearerOf(ctx, token),
    description: token.name,
    created_at: token.created_at,
    updated_at: token.created_at,
    expires_at: token.expires_at,
    default_project_id: ctx.owner.projectId,
    editable: false,
    deletable: !token.from_settings,
    managed: false,
    creation_ip: '',
  }
}

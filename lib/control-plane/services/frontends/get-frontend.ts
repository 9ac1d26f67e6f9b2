import type { Frontend } from '#lib/core/frontend.ts'
import { findFrontend } from '../../store/find.ts'
import type { CallWith } from '../call.ts'
import { type Versioned, versionedFrontend } from '../versioned-views.ts'

export async function getFrontend({
  ctx,
  scope,
  id,
}: CallWith<'scope' | 'id', 'store' | 'fleet'>): Promise<Versioned<Frontend>> {
  const { frontend } = await findFrontend(ctx.store.reader, scope, id)
  return versionedFrontend(ctx, ctx.store.reader, frontend)
}

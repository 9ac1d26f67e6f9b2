import type { Backend } from '#lib/core/backend.ts'
import { findBackend } from '../../store/find.ts'
import type { CallWith } from '../call.ts'
import { type Versioned, versionedBackend } from '../versioned-views.ts'

export async function getBackend({
  ctx,
  scope,
  id,
}: CallWith<'scope' | 'id', 'store' | 'fleet'>): Promise<Versioned<Backend>> {
  const { backend } = await findBackend(ctx.store.reader, scope, id)
  return versionedBackend(ctx, ctx.store.reader, backend)
}

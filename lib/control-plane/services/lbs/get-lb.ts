import type { Lb } from '#lib/core/lb.ts'
import { findLb } from '../../store/find.ts'
import type { CallWith } from '../call.ts'
import { type Versioned, versionedLb } from '../versioned-views.ts'

export async function getLb({
  ctx,
  scope,
  id,
}: CallWith<'scope' | 'id', 'store' | 'fleet'>): Promise<Versioned<Lb>> {
  const { id: found } = await findLb(ctx.store.reader, scope, id)
  return versionedLb(ctx, ctx.store.reader, found)
}
